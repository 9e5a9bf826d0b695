"""What may be said of a provider or an issuer, whether it is typed on a page or sent as JSON."""

import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import AppError
from app.integrations.oidc import client as oidc
from app.modules.federation import rules, rules_tokens
from app.modules.federation.errors import TokenRefused
from app.web.problems import said

ISSUERS = {  # what is said as the issuer, with each preset
    "other": _l("The issuer exactly as the provider writes it, for example https://login.example.com."),
    "auth0": _l("Your Auth0 domain, for example acme.eu.auth0.com."),
    "google": _l("Nothing to enter: it is https://accounts.google.com."),
    "microsoft": _l("The directory (tenant) ID, or the whole issuer."),
    "keycloak": _l("The realm’s address, for example https://id.example.com/realms/acme."),
}
REASONS = {  # stable words of the record → what went wrong, for administrators
    "not a key set": _l('This isn\'t a key set. It begins with {"keys": […]}.'),
    "no usable key": _l("No key in it can be used: RSA of 2048 bits, EC or Ed25519 keys for signatures are."),
}


def provider_issuer(preset: str, said_so: str) -> str:
    """Return the issuer that is meant. Raises ValueError with a sentence: not of this preset, or can't be asked."""
    issuer = rules.issuer_of(preset, said_so)
    if not rules.is_issuer(preset, issuer):
        raise ValueError(str(ISSUERS[preset]))
    return address(issuer, of=rules.document_url(issuer))


def token_issuer(said_so: str) -> str:
    """Return what tokens say as `iss`. Raises ValueError with a sentence for a name that could be anybody's."""
    if ":" not in said_so:
        raise ValueError(_("Write the issuer as an address, for example https://tokens.example.com."))
    return said_so


def address(wanted: str, *, of: str = "") -> str:
    """Return `wanted`. Raises ValueError with a sentence if it, or what is asked `of` it, can't be asked."""
    try:
        oidc.connected().egress.check(of or wanted)
    except AppError as refused:
        raise ValueError(said(refused)) from None
    return wanted


def scopes(asked: str) -> str:
    """Return the scopes to ask for: `openid` makes it OpenID Connect."""
    return " ".join(dict.fromkeys(["openid", *asked.split()]))


def pasted_keys(text: str) -> dict[str, Any]:
    """Return the public keys of a key set written as text. Raises ValueError with a sentence."""
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise ValueError(str(REASONS["not a key set"])) from None
    return keys(given)


def keys(given: Any) -> dict[str, Any]:
    """Return the public keys of a key set. Raises ValueError with a sentence."""
    try:
        return rules_tokens.usable_keys(given)
    except TokenRefused as refused:
        raise ValueError(str(REASONS.get(refused.why, REASONS["no usable key"]))) from None
    except (ValueError, RecursionError):
        raise ValueError(str(REASONS["not a key set"])) from None
