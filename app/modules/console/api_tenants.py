"""A tenant's features and hosts through the JSON door, for who runs the installation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.console import api as api_of_tenants
from app.modules.console import errors, queries, service
from app.modules.console.admin import chosen_feature
from app.modules.console.api import TenantShown, one
from app.modules.console.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation
from tenants.models import Domain

api = Blueprint("tenants_api", __name__, url_prefix="/api/console/tenants")
DOORS = (api_of_tenants.api, api)


class NewHost(Body):
    """Another host: `redirect` leads to the primary one, `serve` shows the site too."""

    host: str = Field(min_length=1, max_length=253)
    kind: Literal["redirect", "serve"] = "redirect"


class Switch(Body):
    """Whether the feature is on."""

    on: bool


class HostShown(Shape):
    """A host; `kind`: primary, serve or redirect."""

    host: str
    kind: str
    verified_at: datetime | None


class HostsShown(Shape):
    """Every host of a site, the primary one first."""

    hosts: list[HostShown]


@api.put("/<slug>/features/<name>")
@operation(
    summary="Switch a tenant's feature",
    body=Switch,
    answer=TenantShown,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.UnknownSite],
    example={"on": True},
)
@requires(Perm.RUN_INSTALLATION, POLICY)
def switch(slug: str, name: str, sent: Switch) -> TenantShown:
    """Switch one of a tenant's features on or off."""
    feature = chosen_feature(name)
    service.switch_for(current.session, actor=current.actor, slug=slug, feature=feature, on=sent.on, now=current.now)
    return one(slug)


@api.get("/<slug>/hosts")
@operation(summary="List a tenant's hosts", answer=HostsShown, scope=Scope.CONSOLE, problems=[errors.UnknownSite])
@requires(Perm.RUN_INSTALLATION, POLICY)
def hosts(slug: str) -> HostsShown:
    """Answer with the hosts on which a tenant answers."""
    return _hosts(slug)


@api.post("/<slug>/hosts")
@operation(
    summary="Give a tenant a host",
    body=NewHost,
    answer=HostsShown,
    status=201,
    scope=Scope.CONSOLE,
    key="honoured",
    problems=[errors.UnknownSite, errors.BadSite],
    example={"host": "invest.meridian.example", "kind": "redirect"},
)
@requires(Perm.RUN_INSTALLATION, POLICY)
@fresh
def add_host(slug: str, sent: NewHost) -> HostsShown:
    """Give a tenant another host, which answers at once."""
    service.add_host(current.session, actor=current.actor, slug=slug, host=sent.host, kind=sent.kind, now=current.now)
    return _hosts(slug)


def hosts_shown(found: Sequence[Domain]) -> HostsShown:
    """Return hosts as they are answered."""
    return HostsShown(hosts=[HostShown.model_validate(each) for each in found])


def _hosts(slug: str) -> HostsShown:
    entry = queries.entry(slug)
    if entry is None:
        raise errors.UnknownSite
    return hosts_shown(queries.hosts_of(entry.site.id))
