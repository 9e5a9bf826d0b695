"""Issuers whose tokens the JSON door takes, through the JSON door, for administrators."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.scopes import Scope
from app.modules.federation import api as api_of_providers
from app.modules.federation import api_admin, errors, forms_terms, queries, service
from app.modules.federation.api_admin import RoleMap, Switch, Word, judged
from app.modules.federation.models import JwtIssuer
from app.modules.federation.permissions import POLICY, Perm
from app.modules.federation.service_admin import IssuerTerms
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("issuers_api", __name__, url_prefix="/api/admin/sign-in/issuers")
DOORS = (api_of_providers.api, api_admin.api, api)
MANAGE = requires(Perm.MANAGE, POLICY)
EXAMPLE = {
    "name": "Machines",
    "issuer": "https://tokens.example.com",
    "audience": "https://acme.example.com",
    "keysUrl": "https://tokens.example.com/keys.json",
}


class IssuerWish(Body):
    """An issuer. Its keys are fetched from `keysUrl`; without one, `keys` is its key set.

    `emailClaim` says whose account a token is for. `roleMap`: value of the claim `roleClaim` → role.
    """

    name: str = Field(min_length=1, max_length=60)
    issuer: str = Field(min_length=1, max_length=500)
    audience: str = Field(min_length=1, max_length=200)
    keys_url: str = Field("", max_length=500)
    keys: dict[str, Any] = Field(default_factory=dict)
    email_claim: str = Field("email", min_length=1, max_length=200)
    role_claim: Word = ""
    role_map: RoleMap = Field(default_factory=dict)
    trusts_email: bool = False
    makes_admins: bool = False


class TokenIssuer(Shape):
    """An issuer of tokens with its public keys; `trouble` is what fetching them ended in."""

    id: UUID
    name: str
    issuer: str
    audience: str
    keys_url: str
    keys: dict[str, Any]
    keys_at: datetime | None
    email_claim: str
    role_claim: str
    role_map: dict[str, str]
    trusts_email: bool
    makes_admins: bool
    enabled: bool
    trouble: str


class TokenIssuers(Shape):
    """Every issuer of the site, by name."""

    issuers: list[TokenIssuer]


@api.get("")
@operation(summary="List issuers of tokens", answer=TokenIssuers, scope=Scope.OFFICE_READ)
@MANAGE
def index() -> TokenIssuers:
    """Answer with every issuer whose tokens may be taken here."""
    return TokenIssuers(issuers=[_shown(each) for each in queries.issuers(current.session)])


@api.post("")
@operation(
    summary="Add an issuer of tokens",
    body=IssuerWish,
    answer=TokenIssuer,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.BadProvider],
    example=EXAMPLE,
)
@MANAGE
@fresh
def add(sent: IssuerWish) -> TokenIssuer:
    """Add an issuer, switched off. Keys with an address are fetched right away; read it again to see how."""
    terms = _terms(sent)
    return _shown(service.add_issuer(current.session, actor=current.actor, terms=terms, now=current.now))


@api.get("/<uuid:issuer_id>")
@operation(
    summary="Read an issuer of tokens", answer=TokenIssuer, scope=Scope.OFFICE_READ, problems=[errors.UnknownIssuer]
)
@MANAGE
def show(issuer_id: UUID) -> TokenIssuer:
    """Answer with one issuer."""
    return _shown(queries.issuer(current.session, issuer_id))


@api.put("/<uuid:issuer_id>")
@operation(
    summary="Change an issuer of tokens",
    body=IssuerWish,
    answer=TokenIssuer,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownIssuer, errors.BadProvider],
    example=EXAMPLE,
)
@MANAGE
@fresh
def change(issuer_id: UUID, sent: IssuerWish) -> TokenIssuer:
    """Change an issuer. Without a key of the new address or name it is off."""
    known = queries.issuer(current.session, issuer_id)
    what: dict[str, Any] = {"actor": current.actor, "terms": _terms(sent), "now": current.now}
    return _shown(service.change_issuer(current.session, issuer_id=known.id, **what))


@api.delete("/<uuid:issuer_id>")
@operation(
    summary="Remove an issuer of tokens",
    answer=Done,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownIssuer],
)
@MANAGE
@fresh
def remove(issuer_id: UUID) -> Done:
    """Remove an issuer: its tokens are taken no longer."""
    service.remove_issuer(current.session, actor=current.actor, issuer_id=issuer_id, now=current.now)
    return Done()


@api.put("/<uuid:issuer_id>/enabled")
@operation(
    summary="Switch an issuer of tokens",
    body=Switch,
    answer=TokenIssuer,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownIssuer, errors.NotReady],
    example={"on": True},
)
@MANAGE
@fresh
def switch(issuer_id: UUID, sent: Switch) -> TokenIssuer:
    """Take an issuer's tokens, or no longer. A key of it has to be known."""
    service.switch_issuer(current.session, actor=current.actor, issuer_id=issuer_id, on=sent.on, now=current.now)
    return _shown(queries.issuer(current.session, issuer_id))


def _terms(sent: IssuerWish) -> IssuerTerms:
    checks: dict[str, Any] = {"issuer": lambda: forms_terms.token_issuer(sent.issuer)}
    if sent.keys_url:
        checks["keys_url"] = lambda: forms_terms.address(sent.keys_url)
    else:
        checks["keys"] = lambda: forms_terms.keys(sent.keys)
    made = judged(checks)
    return IssuerTerms(**{**sent.model_dump(), "keys": {}, **made})


def _shown(issuer: JwtIssuer) -> TokenIssuer:
    names = set(TokenIssuer.model_fields) - {"trouble"}
    trouble = str(_(issuer.trouble)) if issuer.trouble else ""
    return TokenIssuer(**{name: getattr(issuer, name) for name in names}, trouble=trouble)
