"""What an entry may hold, and how entries are chained."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

MASK = "•••"
GENESIS = bytes(32)
_SECRET = ("password", "secret", "token", "private", "mnemonic", "seed_phrase", "api_key", "totp", "cookie")


def masked(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the values as JSON with whatever is secret hidden; amounts as decimal strings, instants in ISO 8601."""
    if values is None:
        return None
    return {str(name): MASK if _is_secret(str(name)) else _plain(value) for name, value in values.items()}


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | Decimal | float):
        return str(value)
    return str(value)


def link(previous: bytes, entry: Mapping[str, Any]) -> bytes:
    """Return the hash of the chain after `entry`: SHA-256 over the link before it and its canonical JSON."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def lowest_id(instant: datetime) -> UUID:
    """Return the bound below which every UUIDv7 was made before `instant`."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
