"""What an entry may hold, and how entries are chained."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

MASK = "•••"
GENESIS = bytes(32)
CHECKED_AT_ONCE = 20_000  # links of the chain that one request recomputes
# A value under a name that holds any of these words is never written down: secrets, and numbers of papers and accounts.
SECRET = (
    "password", "passphrase", "secret", "token", "private", "mnemonic", "seed", "api_key", "apikey", "totp", "otp",
    "cookie", "authorization", "credential", "recovery", "challenge", "signature", "nonce", "document_number",
    "passport", "iban", "tax_id", "tax_number",
)  # fmt: skip
# Names that hold such a word and are harmless: what is shown of a token on the chain, or the number of something.
HARMLESS = frozenset({"tokens", "token_symbol", "token_decimals", "payment_token", "payment_tokens", "token_id"})
# What is a secret by its shape, whatever it is called: our own, JSON web tokens, private keys in PEM.
_SHAPES = re.compile(
    r"whsec_[A-Za-z0-9+/=]{16,}|pk_[A-Za-z0-9]+_[A-Za-z0-9_-]{16,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*-----|\Z)|[0-9a-f]{32}\.[\w-]{40,}"
)


def first_link(asked: int, newest: int) -> int:
    """Return the link to begin with: the one asked for, if it is one of the chain."""
    return max(1, min(asked, max(newest, 1)))


def next_part(first: int, newest: int) -> int:
    """Return the link with which the part after the one from `first` on begins; 0 if that was the last."""
    return first + CHECKED_AT_ONCE if newest >= first + CHECKED_AT_ONCE else 0


def masked(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the values as JSON with whatever is secret hidden; amounts as decimal strings, instants in ISO 8601."""
    if values is None:
        return None
    return {str(name): MASK if _is_secret(str(name)) else _plain(value) for name, value in values.items()}


def _is_secret(name: str) -> bool:
    return name not in HARMLESS and any(word in name.lower() for word in SECRET)


def _without_secrets(text: str) -> str:
    return _SHAPES.sub(MASK, text)


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
    return _without_secrets(str(value))


def link(previous: bytes, entry: Mapping[str, Any]) -> bytes:
    """Return the hash of the chain after `entry`: SHA-256 over the link before it and its canonical JSON."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def lowest_id(instant: datetime) -> UUID:
    """Return the bound below which every UUIDv7 was made before `instant`."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
