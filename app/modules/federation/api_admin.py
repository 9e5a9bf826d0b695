"""Providers that people sign in by, through the JSON door, for administrators. A secret is taken and never answered."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, url_for
from flask_babel import gettext as _
from pydantic import Field
from pydantic.alias_generators import to_camel

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.federation import errors, forms_terms, queries, service
from app.modules.federation.models import IdentityProvider
from app.modules.federation.permissions import POLICY, Perm
from app.modules.federation.service_admin import ProviderTerms
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("providers_api", __name__, url_prefix="/api/admin/sign-in/providers")
MANAGE = requires(Perm.MANAGE, POLICY)
Word = Annotated[str, Field(max_length=200)]
Given = Literal["investor", "issuer", "compliance_officer", "tenant_admin"]
RoleMap = Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], Given], Field(max_length=50)]
EXAMPLE = {
    "name": "Acme ID",
    "issuer": "https://login.example.com",
    "clientId": "portico",
    "secret": "as the provider gave it",
    "scopes": "openid email profile",
    "roleClaim": "groups",
    "roleMap": {"fund-team": "issuer"},
}


class ProviderWish(Body):
    """A provider. Without `secret` the one that is there stays. `roleMap`: value of the claim `roleClaim` → role."""

    name: str = Field(min_length=1, max_length=60)
    issuer: str = Field("", max_length=500)
    client_id: str = Field(min_length=1, max_length=200)
    secret: str = Field("", max_length=500)
    scopes: Word = "openid email profile"
    role_claim: Word = ""
    role_map: RoleMap = Field(default_factory=dict)
    opens_accounts: bool = False
    trusts_email: bool = False
    makes_admins: bool = False


class NewProvider(ProviderWish):
    """A new provider. `preset` says what kind it is, and doesn't change."""

    preset: Literal["other", "auth0", "google", "microsoft", "keycloak"]


class Switch(Body):
    """Whether it is on."""

    on: bool


class Provider(Shape):
    """A provider; `trouble` is what its last test ended in, `people` how many are connected.

    The three addresses are those to register at the provider: where people come back to, come back to after signing
    out, and where it tells that somebody has signed out.
    """

    id: UUID
    slug: str
    name: str
    preset: str
    issuer: str
    client_id: str
    has_secret: bool
    scopes: str
    role_claim: str
    role_map: dict[str, str]
    opens_accounts: bool
    trusts_email: bool
    makes_admins: bool
    enabled: bool
    trouble: str
    checked_at: datetime | None
    keys_at: datetime | None
    people: int
    return_address: str
    signed_out_address: str
    logout_address: str


class Providers(Shape):
    """Every provider of the site, by name."""

    providers: list[Provider]


@api.get("")
@operation(summary="List providers to sign in by", answer=Providers, scope=Scope.OFFICE_READ)
@MANAGE
def index() -> Providers:
    """Answer with every provider; secrets are never shown."""
    people = queries.connected_people(current.session)
    return Providers(providers=[_shown(each, people) for each in queries.providers(current.session)])


@api.post("")
@operation(
    summary="Add a provider",
    body=NewProvider,
    answer=Provider,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    example={**EXAMPLE, "preset": "other"},
)
@MANAGE
@fresh
def add(sent: NewProvider) -> Provider:
    """Add a provider, switched off. It is asked for its document and keys right away; read it again to see how."""
    secret_key = current.settings.secret_key
    terms = _terms(sent, sent.preset)
    return _shown(
        service.add_provider(current.session, actor=current.actor, terms=terms, secret_key=secret_key, now=current.now)
    )


@api.get("/<uuid:provider_id>")
@operation(summary="Read a provider", answer=Provider, scope=Scope.OFFICE_READ, problems=[errors.UnknownProvider])
@MANAGE
def show(provider_id: UUID) -> Provider:
    """Answer with one provider and how its last test went."""
    return _one(provider_id)


@api.put("/<uuid:provider_id>")
@operation(
    summary="Change a provider",
    body=ProviderWish,
    answer=Provider,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownProvider, errors.BadProvider],
    example={name: value for name, value in EXAMPLE.items() if name != "secret"},
)
@MANAGE
@fresh
def change(provider_id: UUID, sent: ProviderWish) -> Provider:
    """Change a provider; it is asked again. With another issuer it is off until it has answered."""
    preset = queries.provider(current.session, provider_id).preset
    service.change_provider(
        current.session,
        actor=current.actor,
        provider_id=provider_id,
        terms=_terms(sent, preset),
        secret_key=current.settings.secret_key,
        now=current.now,
    )
    return _one(provider_id)


@api.delete("/<uuid:provider_id>")
@operation(
    summary="Remove a provider", answer=Done, scope=Scope.OFFICE, key="honoured", problems=[errors.UnknownProvider]
)
@MANAGE
@fresh
def remove(provider_id: UUID) -> Done:
    """Remove a provider with everybody's connections to it."""
    service.remove_provider(current.session, actor=current.actor, provider_id=provider_id, now=current.now)
    return Done()


@api.put("/<uuid:provider_id>/enabled")
@operation(
    summary="Switch a provider",
    body=Switch,
    answer=Provider,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownProvider, errors.NotReady],
    example={"on": True},
)
@MANAGE
@fresh
def switch(provider_id: UUID, sent: Switch) -> Provider:
    """Offer a provider on the sign-in page, or no longer. It has to have answered once."""
    service.switch_provider(current.session, actor=current.actor, provider_id=provider_id, on=sent.on, now=current.now)
    return _one(provider_id)


@api.post("/<uuid:provider_id>/test")
@operation(
    summary="Test a provider",
    answer=Provider,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownProvider],
)
@MANAGE
def test(provider_id: UUID) -> Provider:
    """Have its document and keys asked for now. Read it again in a few seconds: `checkedAt` and `trouble` say how."""
    service.ask_look(current.session, actor=current.actor, provider_id=provider_id)
    return _one(provider_id)


def judged(checks: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return what each check makes of its value. Raises Invalid with a sentence for each that is refused."""
    made, problems = {}, {}
    for name, check in checks.items():
        try:
            made[name] = check()
        except ValueError as refused:
            problems[to_camel(name)] = str(refused)
    if problems:
        raise Invalid(fields=problems)
    return made


def _terms(sent: ProviderWish, preset: str) -> ProviderTerms:
    made = judged({"issuer": lambda: forms_terms.provider_issuer(preset, sent.issuer)})
    values = {**sent.model_dump(), **made, "scopes": forms_terms.scopes(sent.scopes), "preset": preset}
    return ProviderTerms(**values)


def _one(provider_id: UUID) -> Provider:
    people = queries.connected_people(current.session)
    return _shown(queries.provider(current.session, provider_id), people)


def _shown(provider: IdentityProvider, people: dict[UUID, int] | None = None) -> Provider:
    settings, host, slug = current.settings, current.site.host, provider.slug
    names = set(Provider.model_fields) & set(IdentityProvider.__table__.columns.keys())
    return Provider(
        **{name: getattr(provider, name) for name in names - {"trouble"}},
        trouble=str(_(provider.trouble)) if provider.trouble else "",
        has_secret=bool(provider.client_secret),
        people=(people or {}).get(provider.id, 0),
        return_address=settings.url(host, url_for("federation.come_back", slug=slug)),
        signed_out_address=settings.url(host, url_for("federation.left", slug=slug)),
        logout_address=settings.url(host, url_for("federation_api.logout", slug=slug)),
    )
