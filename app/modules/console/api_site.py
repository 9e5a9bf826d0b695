"""One's own site through the JSON door: its settings, its look, its features, and its figures."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.accounts import service as accounts
from app.modules.compliance import service as compliance
from app.modules.console import errors, service
from app.modules.console.admin import present_features
from app.modules.console.permissions import POLICY, Perm
from app.modules.deals import service as deals
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation
from tenants import service as tenancy
from tenants.service import Site
from tenants.settings import FeatureName

api = Blueprint("site_api", __name__, url_prefix="/api/admin")
# What the settings page offers, but for the treasury: where money goes is changed by people who show who they are.
SETTABLE = frozenset({
    "languages", "currency", "time_zone", "contact_email", "contact_address", "legal_text", "terms_text",
    "privacy_text", "required_level", "invest_while_pending", "blocked_countries",
})  # fmt: skip


class SiteShown(Shape):
    """A site as its administrators see it."""

    slug: str
    name: str
    host: str
    settings: dict[str, Any]
    branding: dict[str, Any]
    features: list[str]


class SiteChanges(Body):
    """What to change; names that are left out stay. Each value is checked, and refused by its name."""

    name: str | None = Field(None, min_length=1, max_length=120)
    settings: dict[str, Any] = Field(default_factory=dict)
    branding: dict[str, Any] = Field(default_factory=dict)


class Switch(Body):
    """Whether the feature is on."""

    on: bool


class Stats(Shape):
    """A site's figures."""

    people: int
    deals: dict[str, int]
    applications_waiting: int


@api.get("/stats")
@operation(summary="Read the site's figures", answer=Stats, scope=Scope.OFFICE_READ)
@requires(Perm.MANAGE_SITE, POLICY)
def stats() -> Stats:
    """Answer with figures over the site."""
    return Stats(
        people=accounts.count_people(current.session),
        deals=deals.count_by_status(current.session),
        applications_waiting=compliance.waiting(current.session),
    )


@api.get("/site")
@operation(summary="Read the site's settings", answer=SiteShown, scope=Scope.OFFICE_READ)
@requires(Perm.MANAGE_SITE, POLICY)
def show() -> SiteShown:
    """Answer with the site's settings, look and features."""
    return _shown(current.site)


@api.patch("/site")
@operation(
    summary="Change the site's settings",
    body=SiteChanges,
    answer=SiteShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.BadSite],
    example={"settings": {"contact_email": "office@example.com"}},
)
@requires(Perm.MANAGE_SITE, POLICY)
@fresh
def change(sent: SiteChanges) -> SiteShown:
    """Change settings and look, effective at once on every page."""
    who: dict[str, Any] = {"actor": current.actor, "site": current.site, "now": current.now}
    if foreign := set(sent.settings) - SETTABLE:
        raise Invalid(fields={f"settings.{name[:60]}": _("This can’t be set here.") for name in sorted(foreign)[:20]})
    if sent.name is not None:
        service.rename(current.session, name=sent.name, **who)
    if sent.settings:
        service.change_settings(current.session, values=sent.settings, **who)
    if sent.branding:
        service.change_branding(current.session, values=sent.branding, **who)
    return _shown(tenancy.site(current.site.id))


@api.put("/features/<name>")
@operation(
    summary="Switch a feature",
    body=Switch,
    answer=SiteShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownSite],
    example={"on": True},
)
@requires(Perm.MANAGE_SITE, POLICY)
def switch(name: str, sent: Switch) -> SiteShown:
    """Switch a feature of the site on or off."""
    if name not in present_features():
        raise errors.UnknownSite
    service.switch(
        current.session, actor=current.actor, site=current.site, feature=FeatureName(name), on=sent.on, now=current.now
    )
    return _shown(tenancy.site(current.site.id))


def _shown(site: Site) -> SiteShown:
    return SiteShown(
        slug=site.slug,
        name=site.name,
        host=site.host,
        settings=site.settings.model_dump(mode="json"),
        branding=site.branding.model_dump(mode="json"),
        features=sorted(site.features),
    )
