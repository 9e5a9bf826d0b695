"""Shapes and lifetimes of tokens. Pure.

Source: RFC 9068 (JWT access tokens), RFC 9700 §4.14 (refresh tokens rotate, reuse ends the family), RFC 8725 (one
algorithm, explicit type, keys from a fixed set only).
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.core.scopes import EVERY, FOR_KEYS, Scope

ACCESS_FOR = timedelta(minutes=10)
REFRESH_FOR = timedelta(days=14)
SIGNED_IN_FOR = timedelta(days=90)  # then a person signs in anew, however often it was refreshed
KEY_FOR_AT_MOST = timedelta(days=366)
MOST_KEYS = 20
USED_EVERY = timedelta(hours=1)  # how exactly a key's last use is known
LEEWAY = timedelta(seconds=30)  # clocks of several machines
LONGEST_TOKEN = 4096  # characters
ISSUER = "portico"
KIND = "at+jwt"
ALGORITHM = "Ed25519"  # EdDSA under its fully specified name (RFC 9864)
_KEY = re.compile(r"pk_([a-z0-9]{10}|[a-z0-9]{16})_([A-Za-z0-9_-]{43})", re.ASCII)  # ten: before keys named a site
_MARK = 8  # letters of a prefix that stand for the site
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Claims:
    """What a valid access token says."""

    user_id: UUID
    family_id: UUID
    scopes: frozenset[Scope]


def issue(
    key: OKPKey, kid: str, *, tenant_id: UUID, user_id: UUID, family_id: UUID, token_id: UUID, now: datetime
) -> str:
    """Return a signed access token for ACCESS_FOR from `now`, good for every scope."""
    begins = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": str(tenant_id),
        "tid": str(tenant_id),
        "sub": str(user_id),
        "sid": str(family_id),
        "jti": str(token_id),
        "iat": begins,
        "nbf": begins,
        "exp": begins + int(ACCESS_FOR.total_seconds()),
        "scope": " ".join(sorted(EVERY)),
    }
    return jwt.encode({"alg": ALGORITHM, "typ": KIND, "kid": kid}, claims, key, algorithms=[ALGORITHM])


def kid_of(text: str) -> str:
    """Return the key id that a token names, before anything of it is believed; empty for what isn't one of ours."""
    head = _head(text)
    kid = head.get("kid")
    ours = head.get("alg") == ALGORITHM and head.get("typ") == KIND and set(head) == {"alg", "typ", "kid"}
    return kid if ours and isinstance(kid, str) else ""


def read(text: str, key: OKPKey, *, tenant_id: UUID, now: datetime) -> Claims | None:
    """Return what a token says if it was signed by `key` for this tenant and holds now; else None."""
    try:
        claims = jwt.decode(text, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError):
        return None
    mine = str(tenant_id)
    if claims.get("iss") != ISSUER or claims.get("aud") != mine or claims.get("tid") != mine:
        return None
    times = [claims.get(name) for name in ("nbf", "iat", "exp")]
    if not all(type(each) is int for each in times):
        return None
    begins, issued, ends = (_instant(each) for each in times)
    if begins is None or issued is None or ends is None or begins < issued or ends - issued > ACCESS_FOR:
        return None
    if not begins - LEEWAY <= now < ends:
        return None
    return _claims(claims)


def tenant_named(text: str, key: OKPKey) -> str:
    """Return the tenant that a token signed by `key` was made for, whether or not it still holds; else nothing."""
    try:
        return str(jwt.decode(text, key, algorithms=[ALGORITHM]).claims.get("tid", ""))
    except (JoseError, ValueError, TypeError):
        return ""


def _claims(claims: dict[str, Any]) -> Claims | None:
    try:
        said = str(claims["scope"]).split()
        return Claims(UUID(claims["sub"]), UUID(claims["sid"]), scopes_of(said))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _instant(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _head(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_TOKEN or text.count(".") != 2 or not text.isascii():
        return {}
    head = text.partition(".")[0]
    try:
        said = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes among these names; unknown ones give nothing."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(name) for name in names if name in known)


def grantable(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Return those that a key may have."""
    return frozenset(scopes) & FOR_KEYS


def new_refresh_token() -> str:
    """Return a fresh refresh token."""
    return "rt_" + secrets.token_urlsafe(32)


def new_key(tenant_id: UUID) -> tuple[str, str]:
    """Return the prefix of a fresh API key, which may be shown, and the whole key, which is shown once."""
    prefix = mark_of(tenant_id) + "".join(secrets.choice(_ALPHABET) for _letter in range(8))
    return prefix, f"pk_{prefix}_{secrets.token_urlsafe(32)}"


def mark_of(tenant_id: UUID) -> str:
    """Return the letters with which a site's keys begin: they say where a key belongs, and prove nothing."""
    return base64.b32encode(hashlib.sha256(tenant_id.bytes).digest())[:_MARK].decode().lower()


def mark_named(text: str) -> str:
    """Return the mark of the site that an API key says it belongs to, empty for an older key or none."""
    prefix = prefix_of(text)
    return prefix[:_MARK] if len(prefix) > 10 else ""


def prefix_of(text: str) -> str:
    """Return the prefix of an API key, empty for what has another shape."""
    found = _KEY.fullmatch(text)
    return found[1] if found else ""


def digest(text: str) -> bytes:
    """Return what is stored of a refresh token or a key. They are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode()).digest()


def same(kept: bytes, shown: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(kept, shown)
