"""How messages are written, signed and tried again: Standard Webhooks 1.0. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

VERSION = 1
PREFIX = "whsec_"
SECRET_BYTES = 32
# Seconds before each attempt, counted from the one before it; the published schedule.
SCHEDULE = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
JITTER = 0.1  # of the wait, added at random, so that messages that failed together don't come back together
OVERLAP = timedelta(hours=24)  # in which a replaced secret still signs beside the new one
KEPT = timedelta(days=30)
MOST_ENDPOINTS = 20
EXCERPT = 500  # characters of an answer that are kept
AT_ONCE = 3  # messages of one tenant on their way at the same time: the worker has other work too
RESTING_AFTER = 3  # failures in a row after which an endpoint is left alone for a while
LONGEST_REST = 300  # seconds
TOLD_EVERY = timedelta(days=1)  # a failing endpoint is reported to people once in this time
GONE = 410


def new_secret(random: bytes) -> str:
    """Return a signing secret of these random bytes, as receivers enter it."""
    return PREFIX + base64.b64encode(random).decode()


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return `v1,…` over id, time (Unix seconds) and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    made = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def headers(message_id: str, at: datetime, body: str, secrets: Iterable[str]) -> dict[str, str]:
    """Return the headers of one attempt, signed with every secret that is good at that time."""
    timestamp = int(at.timestamp())
    return {
        "content-type": "application/json",
        "user-agent": "Portico-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in secrets),
    }


def written(kind: str, data: Mapping[str, Any], *, number: int, at: datetime) -> str:
    """Return the body of a message."""
    whole = {
        "type": kind,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "version": VERSION,
        "sequence": number,
        "data": dict(data),
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def camel(name: str) -> str:
    """Return `deal_id` as `dealId`."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def wait(tried: int, luck: float) -> timedelta | None:
    """Return how long to wait after `tried` attempts failed, or None to give up. `luck` lies in [0, 1)."""
    if tried >= len(SCHEDULE):
        return None
    return timedelta(seconds=SCHEDULE[tried] * (1 + JITTER * luck))


def rest(failures: int) -> timedelta | None:
    """Return how long an endpoint is left alone after so many failures in a row; None: not yet."""
    if failures < RESTING_AFTER:
        return None
    return timedelta(seconds=min(5 * 2 ** min(failures - RESTING_AFTER, 10), LONGEST_REST))


def is_success(status: int | None) -> bool:
    """Tell whether an answer says that the message was taken. A redirect doesn't."""
    return status is not None and 200 <= status < 300


def proves(body: bytes, challenge: str) -> bool:
    """Tell whether an answer repeats the challenge: as JSON `{"challenge": …}` or as plain text."""
    text = body.decode("utf-8", "replace").strip()
    if text == challenge:
        return True
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("challenge") == challenge


def excerpt(body: bytes) -> str:
    """Return the beginning of an answer as text that can be stored and shown."""
    text = body[: EXCERPT * 4].decode("utf-8", "replace")
    return "".join(mark if mark.isprintable() or mark == "\n" else "·" for mark in text)[:EXCERPT]
