"""Tenants through the JSON door, for who runs the installation."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import EmailStr, Field

from app.core.scopes import Scope
from app.modules.console import errors, queries, service
from app.modules.console.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Shape, operation

api = Blueprint("console_api", __name__, url_prefix="/api/console/tenants")
Text = Annotated[str, Field(min_length=1, max_length=300)]


class Asked(Listed):
    """Which tenants."""

    search: str = Field("", max_length=100)
    status: Literal["", "active", "suspended", "closed"] = ""


class NewTenant(Body):
    """A tenant to found, and whom to invite as its administrator."""

    slug: str = Field(min_length=3, max_length=32)
    name: str = Field(min_length=1, max_length=120)
    host: str = Field("", max_length=253)
    pack: Literal["modern", "classic", "minimal"] = "modern"
    admin_name: str = Field(min_length=1, max_length=120)
    admin_email: EmailStr = Field(max_length=254)


class Reason(Body):
    """Why, for the record."""

    reason: Text


class Closing(Body):
    """Why, and the slug once more, so that nobody closes the wrong one."""

    reason: Text
    slug: str = Field(max_length=32)


class TenantShown(Shape):
    """A tenant; `lacking` names what it lacks before it should meet investors."""

    slug: str
    name: str
    host: str
    status: str
    reason: str
    created_at: datetime
    people: int
    administrators: int
    features: list[str]
    lacking: list[str]


class Tenants(Shape):
    """A part of the list of tenants."""

    tenants: list[TenantShown]
    total: int
    has_more: bool


@api.get("")
@operation(summary="List tenants", query=Asked, answer=Tenants, scope=Scope.CONSOLE)
@requires(Perm.RUN_INSTALLATION, POLICY)
def index(asked: Asked) -> Tenants:
    """Answer with the tenants of this installation."""
    found = queries.entries(search=asked.search, status=asked.status, page=asked.page)
    return Tenants(tenants=[_shown(each) for each in found.items], total=found.total, has_more=found.has_more)


@api.post("")
@operation(
    summary="Found a tenant",
    body=NewTenant,
    answer=TenantShown,
    status=201,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.BadSite],
    example={
        "slug": "meridian",
        "name": "Meridian Capital",
        "adminName": "Otto Lind",
        "adminEmail": "otto@meridian.example",
    },
)
@requires(Perm.RUN_INSTALLATION, POLICY)
def found(sent: NewTenant) -> TenantShown:
    """Found a tenant and invite its administrator. Without a host it gets its slug under the base domain."""
    site = service.found_site(
        current.session,
        actor=current.actor,
        slug=sent.slug,
        name=sent.name,
        host=sent.host or f"{sent.slug}.{current.settings.base_domain}",
        branding={"pack": sent.pack},
        settings={},
        now=current.now,
    )
    service.invite_administrator(site, email=sent.admin_email, name=sent.admin_name, now=current.now)
    return one(sent.slug)


@api.get("/<slug>")
@operation(summary="Read a tenant", answer=TenantShown, scope=Scope.CONSOLE, problems=[errors.UnknownSite])
@requires(Perm.RUN_INSTALLATION, POLICY)
def show(slug: str) -> TenantShown:
    """Answer with one tenant."""
    return one(slug)


@api.post("/<slug>/suspend")
@operation(
    summary="Suspend a tenant",
    body=Reason,
    answer=TenantShown,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.UnknownSite, errors.OwnSite],
    example={"reason": "Asked for by its board."},
)
@requires(Perm.RUN_INSTALLATION, POLICY)
def suspend(slug: str, sent: Reason) -> TenantShown:
    """Answer every request to the tenant's hosts with its 503 page."""
    service.suspend(current.session, actor=current.actor, slug=slug, reason=sent.reason, now=current.now)
    return one(slug)


@api.post("/<slug>/reactivate")
@operation(
    summary="Reactivate a tenant",
    answer=TenantShown,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.UnknownSite, errors.OwnSite],
)
@requires(Perm.RUN_INSTALLATION, POLICY)
def reactivate(slug: str) -> TenantShown:
    """Serve a suspended tenant again."""
    service.reactivate(current.session, actor=current.actor, slug=slug, now=current.now)
    return one(slug)


@api.post("/<slug>/close")
@operation(
    summary="Close a tenant",
    body=Closing,
    answer=TenantShown,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.UnknownSite, errors.OwnSite, errors.BadSite],
    example={"reason": "Its contract has ended.", "slug": "meridian"},
)
@requires(Perm.RUN_INSTALLATION, POLICY)
def close(slug: str, sent: Closing) -> TenantShown:
    """Close a tenant for good: its hosts become unknown."""
    service.close(current.session, actor=current.actor, slug=slug, typed=sent.slug, reason=sent.reason, now=current.now)
    return one(slug)


def one(slug: str) -> TenantShown:
    """Return one tenant as it is answered. Raises UnknownSite."""
    entry = queries.entry(slug)
    if entry is None:
        raise errors.UnknownSite
    return _shown(entry)


def _shown(entry: queries.Entry) -> TenantShown:
    site = entry.site
    return TenantShown(
        slug=site.slug,
        name=site.name,
        host=site.host,
        status=site.status,
        reason=entry.reason,
        created_at=entry.created_at,
        people=entry.people,
        administrators=entry.administrators,
        features=sorted(site.features),
        lacking=list(entry.lacking),
    )
