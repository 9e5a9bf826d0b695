"""Signed hints that something happened on a chain: who may give one, and whether this one is theirs. Pure.

Standard Webhooks 1.0: HMAC-SHA256 over id, time and body with the secret that the source was given.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "whsec_"
LONGEST = 64 * 1024  # bytes of a message
TOLERANCE = 300  # seconds that a message's time may be away from ours
MOST_SIGNATURES = 5
SHORTEST_SECRET = 16  # bytes


@dataclass(frozen=True)
class Source:
    """A service that watches a chain for us, and its secret."""

    name: str
    secret: bytes


def sources(text: str) -> tuple[Source, ...]:
    """Return the sources of a setting `name=whsec_…,name=whsec_…`. Raises ValueError where one can't be read."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, secret = part.partition("=")
        if not name.strip() or not secret.startswith(PREFIX):
            raise ValueError(f"{name.strip() or 'a source'}: write name=whsec_… with the secret in base64")
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            raise ValueError(f"{name}: the secret after whsec_ is not base64") from None
        if len(key) < SHORTEST_SECRET:
            raise ValueError(f"{name}: the secret has fewer than {SHORTEST_SECRET} bytes")
        found.append(Source(name.strip(), key))
    return tuple(found)


def source_of(known: tuple[Source, ...], headers: Mapping[str, str], body: bytes, *, now: float) -> Source | None:
    """Return whose message this is, or None where it is nobody's, too old, or of a time that hasn't come.

    `headers` in lower case; `now` in Unix seconds.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or len(message_id) > 200 or not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 12):
        return None
    if abs(now - int(sent_at)) > TOLERANCE:
        return None
    given = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]]
    signed = f"{message_id}.{sent_at}.".encode() + body
    for source in known:
        due = base64.b64encode(hmac.new(source.secret, signed, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(due.encode(), one.encode()) for one in given):
            return source
    return None
