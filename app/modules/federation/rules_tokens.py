"""Does a token hold? Signature by a fixed set of keys, then what its claims have to say. Pure.

Sources: RFC 7515 §4, RFC 8725 (algorithms chosen by us, never by the token), OpenID Connect Core 1.0 §3.1.3.7,
OpenID Connect Back-Channel Logout 1.0 §2.6.
"""

import base64
import hashlib
import json
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.modules.federation.errors import KeyUnknown, TokenRefused

# What an algorithm's key has to be. Symmetric ones and `none` don't exist here.
ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    **dict.fromkeys(("EdDSA", "Ed25519"), "OKP"),
}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}
LONGEST = 16 * 1024  # characters of a token
LEAST_RSA = 2048  # bits
SKEW = 60  # seconds by which clocks may differ
OLDEST = 600  # seconds since an ID token was issued
MOST_KEYS = 100
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_KINDS = frozenset({"jwt", "logout+jwt", "application/logout+jwt"})  # of the header's `typ`, in lower case
_KINDS: Mapping[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True)
class Logout:
    """Whose sessions a provider has ended: of a subject, or one of its own by `sid`; never both empty."""

    subject: str
    sid: str
    jti: str


def usable_keys(keys: Any) -> dict[str, Any]:
    """Return the public signature keys of a key set (RFC 7517), without anything private. Raises TokenRefused."""
    listed = keys.get("keys") if isinstance(keys, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise TokenRefused("not a key set")
    kept = []
    for key in listed:
        if not isinstance(key, dict) or key.get("kty") not in _KINDS or key.get("use", "sig") != "sig":
            continue
        public = {name: value for name, value in key.items() if name not in ("d", "p", "q", "dp", "dq", "qi", "oth")}
        try:
            _loaded(public)
        except TokenRefused:
            continue
        kept.append(public)
    if not kept:
        raise TokenRefused("no usable key")
    return {"keys": kept}


def read(token: str, keys: Mapping[str, Any], *, algorithms: Collection[str] = ()) -> dict[str, Any]:
    """Return the claims of a token that one of `keys` signed. `algorithms`: those its issuer says it uses.

    What the header says about where to find keys (`jku`, `x5u`, `jwk`, `x5c`) isn't looked at. Raises TokenRefused,
    and of these KeyUnknown where fetching the keys again may help.
    """
    header = _header(token)
    name = header.get("alg")
    if not isinstance(name, str) or name not in ALGORITHMS or (algorithms and name not in algorithms):
        raise TokenRefused("algorithm")
    if "crit" in header or header.get("b64", True) is not True:
        raise TokenRefused("critical header")
    key = _loaded(_chosen(keys, header.get("kid"), name))
    registry = jws.JWSRegistry(algorithms=[name], strict_check_header=False)
    registry.max_header_length = LONGEST
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is the older name of Ed25519, still in use
            payload = jws.deserialize_compact(token.encode(), key, registry=registry).payload
        claims = json.loads(payload or b"")
    except (JoseError, ValueError, RecursionError):
        raise TokenRefused("signature") from None
    if not isinstance(claims, dict):
        raise TokenRefused("no claims")
    return claims


def _header(token: str) -> dict[str, Any]:
    if len(token) > LONGEST or token.count(".") != 2 or not token.isascii():
        raise TokenRefused("shape")
    try:
        part = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise TokenRefused("shape") from None
    if not isinstance(header, dict):
        raise TokenRefused("shape")
    return header


def unproven_issuer(token: str) -> str:
    """Return what a token says of its issuer, to choose whose keys to try; empty if it can't be read."""
    try:
        _header(token)
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (TokenRefused, ValueError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _chosen(keys: Mapping[str, Any], kid: object, algorithm: str) -> dict[str, Any]:
    """Return the key of this id; without an id, the only key of the algorithm's kind."""
    fitting = [key for key in keys.get("keys", ()) if _fits(key, algorithm)]
    if kid is not None:
        fitting = [key for key in fitting if isinstance(kid, str) and key.get("kid") == kid]
    if len(fitting) != 1:
        raise KeyUnknown
    chosen: dict[str, Any] = fitting[0]
    return chosen


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    if key.get("kty") != ALGORITHMS[algorithm] or key.get("alg", algorithm) != algorithm:
        return False
    return algorithm not in CURVES or key.get("crv") == CURVES[algorithm]


def _loaded(key: Mapping[str, Any]) -> RSAKey | ECKey | OKPKey:
    try:
        said = {name: value for name, value in key.items() if name != "key_ops"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # weak keys are refused right below
            loaded: RSAKey | ECKey | OKPKey = _KINDS[key["kty"]].import_key(said)
        if isinstance(loaded, RSAKey) and loaded.raw_value.key_size < LEAST_RSA:
            raise TokenRefused("weak key")
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenRefused("key") from None
    return loaded


def check_identity(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, access_token: str = "", now: datetime
) -> str:
    """Return the subject of an ID token that is meant for us, now and for this journey. Raises TokenRefused."""
    _check_common(claims, issuer=issuer, audience=client_id, now=now)
    if claims.get("nonce") != nonce:
        raise TokenRefused("nonce")
    if now.timestamp() - _instant(claims, "iat") > OLDEST:
        raise TokenRefused("too old")
    _instant(claims, "exp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if ("azp" in claims or several) and claims.get("azp") != client_id:
        raise TokenRefused("authorised party")
    if "at_hash" in claims and access_token and claims["at_hash"] not in _halves(access_token):
        raise TokenRefused("access token")
    return _subject(claims)


def check_logout(token: str, claims: Mapping[str, Any], *, issuer: str, client_id: str, now: datetime) -> Logout:
    """Return what a logout token, whose signature holds, wants to end. Raises TokenRefused."""
    kind = _header(token).get("typ")
    if kind is not None and str(kind).lower() not in LOGOUT_KINDS:
        raise TokenRefused("kind")
    _check_common(claims, issuer=issuer, audience=client_id, now=now)
    _instant(claims, "exp")
    if now.timestamp() - _instant(claims, "iat") > OLDEST:
        raise TokenRefused("too old")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise TokenRefused("event")
    if "nonce" in claims:  # so that no ID token is ever taken for one
        raise TokenRefused("nonce")
    subject = _subject(claims) if "sub" in claims else ""
    sid = _name(claims, "sid") if "sid" in claims else ""
    if not subject and not sid:
        raise TokenRefused("nobody named")
    return Logout(subject, sid, _name(claims, "jti"))


def check_access(claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> str:
    """Return the subject of an access token that is meant for us and holds now. Raises TokenRefused."""
    _check_common(claims, issuer=issuer, audience=audience, now=now)
    _instant(claims, "exp")
    if "nonce" in claims:  # an ID token is for the program that asked for it, not for interfaces
        raise TokenRefused("identity token")
    return _subject(claims)


def _check_common(claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> None:
    if claims.get("iss") != issuer:
        raise TokenRefused("issuer")
    named = claims.get("aud")
    meant = named if isinstance(named, list) else [named]
    if not audience or audience not in meant:
        raise TokenRefused("audience")
    at = now.timestamp()
    if "exp" in claims and at >= _instant(claims, "exp") + SKEW:
        raise TokenRefused("expired")
    if "nbf" in claims and at < _instant(claims, "nbf") - SKEW:
        raise TokenRefused("not yet")
    if "iat" in claims and at < _instant(claims, "iat") - SKEW:
        raise TokenRefused("not yet")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise TokenRefused(name)
    return float(value)


def _subject(claims: Mapping[str, Any]) -> str:
    return _name(claims, "sub", "subject")


def _name(claims: Mapping[str, Any], claim: str, why: str = "") -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():
        raise TokenRefused(why or claim)
    return value


def _halves(access_token: str) -> set[str]:
    """Return the possible `at_hash` of an access token: the left half of its hash, by the hashes in use."""
    digests = [hashlib.new(name, access_token.encode()).digest() for name in ("sha256", "sha384", "sha512")]
    return {base64.urlsafe_b64encode(each[: len(each) // 2]).decode().rstrip("=") for each in digests}
