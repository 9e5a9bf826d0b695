"""A site's look and hosts, and which role may do what on it, through the JSON door."""

from typing import Literal

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.scopes import Scope
from app.modules.accounts import permissions as people
from app.modules.accounts import service as accounts
from app.modules.console import api_legal, api_site, errors, queries, rules_roles, service
from app.modules.console.api_tenants import HostsShown, hosts_shown
from app.modules.console.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current
from app.web.operations import Body, Shape, operation
from tenants import service as tenancy
from tenants.settings import Font, HexColour, Pack

api = Blueprint("look_api", __name__, url_prefix="/api/admin")
DOORS = (api_legal.api, api_site.api, api)


class Look(Body):
    """How the site looks: what the page of the look offers. What is left out goes back to the usual."""

    pack: Pack = "modern"
    brand: HexColour = "#23485a"
    tint: int = Field(225, ge=0, le=359)
    chroma: float = Field(0.006, ge=0, le=0.02)
    size: float = Field(1.0, ge=0.9, le=1.25)
    scale: float = Field(1.2, ge=1.1, le=1.35)
    radius: int = Field(8, ge=0, le=24)
    font_body: Font = "instrument-sans"
    font_head: Font | None = None
    mode: Literal["auto", "light", "dark"] = "auto"
    header_style: Literal["fixed", "floating", "static"] = "fixed"
    sidebar: Literal["left", "right"] | None = None
    back_office_sidebar: Literal["left", "right"] = "left"
    mark: Literal["ridge", "seal", "crescent", "arch", "none"] = "none"
    tagline: str = Field("", max_length=160)


class LookShown(Shape):
    """How the site looks."""

    pack: str
    brand: str
    tint: int
    chroma: float
    size: float
    scale: float
    radius: int
    font_body: str
    font_head: str | None
    mode: str
    header_style: str
    sidebar: str | None
    back_office_sidebar: str
    mark: str
    tagline: str


class RoleShown(Shape):
    """A role, its name in the reader's language, and how many people have it."""

    role: str
    name: str
    people: int


class MayDo(Shape):
    """Whether a role may do something; `condition` says of what alone, in the reader's language."""

    role: str
    allowed: bool
    condition: str


class PermissionShown(Shape):
    """Something that can be done, and by whom."""

    permission: str
    area: str
    name: str
    roles: list[MayDo]


class Roles(Shape):
    """Which role may do what on this site."""

    roles: list[RoleShown]
    permissions: list[PermissionShown]


@api.get("/site/brand")
@operation(summary="Read the site's look", answer=LookShown, scope=Scope.OFFICE_READ)
@requires(Perm.MANAGE_SITE, POLICY)
def brand() -> LookShown:
    """Answer with how the site looks."""
    return LookShown.model_validate(current.site.branding)


@api.put("/site/brand")
@operation(
    summary="Change the site's look",
    body=Look,
    answer=LookShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.BadSite],
    example={"pack": "classic", "brand": "#23485a", "mark": "seal", "tagline": "A house that keeps."},
)
@requires(Perm.MANAGE_SITE, POLICY)
def save_brand(sent: Look) -> LookShown:
    """Change how the site looks; the next page shows it."""
    service.change_branding(
        current.session, actor=current.actor, site=current.site, values=sent.model_dump(), now=current.now
    )
    return LookShown.model_validate(tenancy.site(current.site.id).branding)


@api.get("/site/hosts")
@operation(summary="List the site's hosts", answer=HostsShown, scope=Scope.OFFICE_READ)
@requires(Perm.MANAGE_SITE, POLICY)
def hosts() -> HostsShown:
    """Answer with the hosts on which this site answers; the installation's operator adds them."""
    return hosts_shown(queries.hosts_of(current.site.id))


@api.get("/roles")
@operation(summary="Read which role may do what", answer=Roles, scope=Scope.OFFICE_READ)
@requires(people.Perm.MANAGE_PEOPLE, people.POLICY)
def roles() -> Roles:
    """Answer with every permission and the roles that have it: the very tables that decide it."""
    counts = accounts.role_counts(current.session)
    here = [RoleShown(role=role, name=_(words), people=counts.get(role, 0)) for role, words in rules_roles.HERE.items()]
    return Roles(roles=here, permissions=[_line(area, line) for area, lines in rules_roles.table() for line in lines])


def _line(area: str, line: rules_roles.Line) -> PermissionShown:
    cells = zip(rules_roles.HERE, line.cells, strict=True)
    may = [
        MayDo(role=role, allowed=cell.allowed, condition=_(cell.condition) if cell.condition else "")
        for role, cell in cells
    ]
    return PermissionShown(permission=line.permission.value, area=_(area), name=_(line.words), roles=may)
