"""Providers: what they have to publish, where a sign-in leads, whom their answers describe. Pure."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.core.permissions import Role
from app.modules.federation.errors import AnswerDistrusted
from app.modules.federation.rules_tokens import ALGORITHMS

JOURNEY = timedelta(minutes=10)
PARTING = timedelta(minutes=15)
KEYS_LAST = timedelta(hours=1)  # the worker fetches them again after this
KEYS_AGAIN = timedelta(seconds=20)  # … and an unknown key id makes us look again, but not more often than this
DOCUMENT = "/.well-known/openid-configuration"
NEVER_MAPPED = frozenset({Role.SUPER_ADMIN})
KEPT = (  # of the provider's document
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "authorization_response_iss_parameter_supported",
    "code_challenge_methods_supported",
)
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
PRESETS: Mapping[str, str] = {  # preset → what its issuer looks like; empty: anything
    "other": "",
    "auth0": r"https://[a-z0-9.-]+/",
    "google": r"https://accounts\.google\.com",
    "microsoft": r"https://login\.microsoftonline\.com/[0-9a-f-]{36}/v2\.0",
    "keycloak": r"https?://[^/]+(/[^/]+)*/realms/[^/]+",
}
# Words that providers send where somebody or something refused (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
DECLINED = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})


@dataclass(frozen=True)
class Arrival:
    """Whom a provider says it has let in."""

    subject: str
    email: str
    email_verified: bool
    name: str
    roles: tuple[str, ...]
    factors: bool = False
    sid: str = ""

    def stored(self) -> dict[str, Any]:
        return {**self.__dict__, "roles": list(self.roles)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Arrival":
        return cls(**{**kept, "roles": tuple(kept["roles"])})


def issuer_of(preset: str, typed: str) -> str:
    """Return the issuer that somebody means by what they typed: for Auth0 the domain is enough."""
    text = typed.strip()
    if preset == "google":
        return "https://accounts.google.com"
    if preset == "auth0" and text:
        host = urlsplit(text if "//" in text else f"https://{text}").netloc
        return f"https://{host}/"
    if preset == "microsoft" and re.fullmatch("[0-9a-f-]{36}", text):
        return f"https://login.microsoftonline.com/{text}/v2.0"
    return text


def document_url(issuer: str) -> str:
    """Return where an issuer publishes what it is (OpenID Connect Discovery 1.0 §4)."""
    return issuer.rstrip("/") + DOCUMENT


def checked_document(document: Any, *, issuer: str) -> dict[str, Any]:
    """Return what we keep of a provider's document. Raises AnswerDistrusted with what is wrong with it."""
    if not isinstance(document, dict):
        raise AnswerDistrusted("The provider's document isn't one of OpenID Connect.")
    if document.get("issuer") != issuer:
        words = {"said": str(document.get("issuer"))[:200], "ours": issuer}
        raise AnswerDistrusted("The provider calls itself %(said)s, not %(ours)s. Write the issuer so.", words=words)
    for name in NEEDED:
        if not isinstance(document.get(name), str) or not document[name]:
            raise AnswerDistrusted("The provider's document lacks %(name)s.", words={"name": name})
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise AnswerDistrusted("The provider doesn't support PKCE with S256, which is needed here.")
    if not algorithms(document):
        raise AnswerDistrusted("The provider signs with no algorithm that is accepted here.")
    return {name: document[name] for name in KEPT if name in document}


def algorithms(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the algorithms a provider says it signs with, of those that are accepted here."""
    said = document.get("id_token_signing_alg_values_supported")
    return tuple(name for name in (said if isinstance(said, list) else ["RS256"]) if name in ALGORITHMS)


def new_secret() -> str:
    """Return 256 random bits as text: for states, nonces, verifiers and browsers."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """Return what is stored of a secret."""
    return hashlib.sha256(text.encode()).digest()


def authorization_url(
    document: Mapping[str, Any], *, client_id: str, scopes: str, back: str, state: str, nonce: str, verifier: str
) -> str:
    """Return where a sign-in leads: code flow with PKCE S256 (RFC 7636)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": back,
        "scope": scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = str(document["authorization_endpoint"])
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(asked)


def can_sign_out(document: Mapping[str, Any], *, preset: str) -> bool:
    """Tell whether a provider has a page to sign out at."""
    return bool(_end_of_sessions(document)) or preset == "auth0"


def sign_out_url(
    document: Mapping[str, Any],
    *,
    preset: str,
    issuer: str,
    client_id: str,
    hint: str,
    subject: str,
    back: str,
    state: str,
) -> str | None:
    """Return where somebody signs out at the provider too, or None if it has no such page.

    OpenID Connect RP-Initiated Logout 1.0 §2: with the ID token as `hint`, or without it with the `subject`'s name.
    """
    endpoint = _end_of_sessions(document)
    if endpoint:
        who = {"id_token_hint": hint} if hint else {"logout_hint": subject}
        asked = {**who, "client_id": client_id, "post_logout_redirect_uri": back, "state": state}
        return endpoint + ("&" if "?" in endpoint else "?") + urlencode(asked)
    if preset == "auth0":
        return f"{issuer}v2/logout?" + urlencode({"client_id": client_id, "returnTo": back})
    return None


def _end_of_sessions(document: Mapping[str, Any]) -> str:
    endpoint = document.get("end_session_endpoint")
    return endpoint if isinstance(endpoint, str) and re.match(r"https?://", endpoint) else ""


def arrival(
    claims: Mapping[str, Any], *, role_claim: str, role_map: Mapping[str, str], admins: bool, trusts_email: bool
) -> Arrival:
    """Return whom claims describe. An address counts only if the provider confirmed it, or is trusted to."""
    email = claims.get("email")
    methods, sid = claims.get("amr"), claims.get("sid")
    return Arrival(
        subject=str(claims["sub"]),
        email=email.strip().lower()[:254] if isinstance(email, str) and "@" in email else "",
        email_verified=claims.get("email_verified") in (True, "true") or trusts_email,
        name=" ".join(str(claims.get("name") or "").split())[:120],
        roles=tuple(sorted(mapped_roles(claims, role_claim=role_claim, role_map=role_map, admins=admins))),
        factors=isinstance(methods, list) and bool({"mfa", "otp", "hwk", "swk", "sc"} & {str(one) for one in methods}),
        sid=sid if isinstance(sid, str) and len(sid) <= 255 and sid.isprintable() else "",
    )


def mapped_roles(
    claims: Mapping[str, Any], *, role_claim: str, role_map: Mapping[str, str], admins: bool
) -> frozenset[Role]:
    """Return the roles that a claim gives by the map: never the installation's own, administrators only by switch."""
    value: Any = claims.get(role_claim) if role_claim else None
    if value is None and "." in role_claim and "://" not in role_claim:
        value = claims
        for part in role_claim.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    given = {role_map[one] for one in values if isinstance(one, str) and one in role_map}
    return frozenset(role for role in governed_roles(role_map, admins=admins) if role.value in given)


def governed_roles(role_map: Mapping[str, str], *, admins: bool) -> frozenset[Role]:
    """Return the roles about which a provider decides."""
    named = {Role(value) for value in role_map.values() if value in {role.value for role in Role}} - NEVER_MAPPED
    return frozenset(named if admins else named - {Role.TENANT_ADMIN})


def read_role_map(text: str) -> dict[str, str]:
    """Return a map written as lines `value = role`. Raises ValueError with the line that can't be read."""
    known = {role.value for role in Role if role not in NEVER_MAPPED}
    found: dict[str, str] = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        value, sign, role = (part.strip() for part in line.rpartition("="))
        if not sign or not value or role not in known or len(found) >= 50:
            raise ValueError(line[:80])
        found[value[:200]] = role
    return found


def written_role_map(role_map: Mapping[str, str]) -> str:
    """Return the map as it is typed."""
    return "\n".join(f"{value} = {role}" for value, role in role_map.items())


def slug_for(name: str, taken: Collection[str]) -> str:
    """Return what stands for a provider in addresses: it never changes, since providers know it too."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "provider"
    reserved = {*taken, "arrived", "connect", "wallet", "register", "leaving"}
    return next(one for one in (plain, *(f"{plain}-{number}" for number in range(2, 1000))) if one not in reserved)


def is_issuer(preset: str, issuer: str) -> bool:
    """Tell whether this can be the issuer of a provider of this preset."""
    if not re.fullmatch(r"https?://[!-~]+", issuer) or any(mark in issuer for mark in "?#"):
        return False
    shape = PRESETS.get(preset, "")
    return not shape or re.fullmatch(shape, issuer) is not None


def written_keys(keys: Mapping[str, Any]) -> str:
    """Return a key set as it is pasted."""
    return json.dumps(keys, indent=2) if keys else ""
