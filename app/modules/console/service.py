"""Found, change, suspend and close sites. The register is changed in transactions of its own (tenants.service);
what was done is recorded at the installation and at the site itself.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.permissions import Actor, Role, system
from app.modules.accounts import service as accounts
from app.modules.audit import service as audit
from app.modules.console import errors, queries, rules
from app.modules.console.permissions import POLICY, Perm
from tenants import service as tenancy
from tenants.errors import HostTaken, InvalidHost, InvalidSetting
from tenants.service import Site
from tenants.session import tenant_session
from tenants.settings import FeatureName


def found_site(
    session: Session,
    *,
    actor: Actor,
    slug: str,
    name: str,
    host: str,
    branding: dict[str, Any],
    settings: dict[str, Any],
    now: datetime,
) -> Site:
    """Found a tenant. Raises BadSite with the field that is wrong: slug, host or a setting; nothing is kept then."""
    POLICY.must(actor, Perm.RUN_INSTALLATION)
    problem = rules.slug_problem(slug) or ("taken" if queries.entry(slug) else None)
    if problem is not None:
        raise errors.BadSite(fields={"slug": problem})
    try:
        site = tenancy.found(
            slug=slug, name=name, host=host, now=now, settings_values=settings, branding_values=branding
        )
    except InvalidHost:
        raise errors.BadSite(fields={"host": "shape"}) from None
    except HostTaken:
        raise errors.BadSite(fields={"host": "taken"}) from None
    except InvalidSetting as refused:
        raise errors.BadSite(fields=refused.problems) from None
    _record(session, actor, site.id, "tenant.founded", now, after={"slug": slug, "name": name, "host": site.host})
    return site


def invite_administrator(site: Site, *, email: str, name: str, now: datetime) -> None:
    """Invite somebody to administer a site; the mail comes from that site."""
    with tenant_session(site.id) as session:
        operator = system(site.id, "Installation")
        accounts.invite(session, actor=operator, email=email, name=name, roles=[Role.TENANT_ADMIN], now=now)


def suspend(session: Session, *, actor: Actor, slug: str, reason: str, now: datetime) -> None:
    """Answer every request to the site with its 503 page. Raises UnknownSite, OwnSite."""
    site = _site(actor, slug, may_be_own=False)
    tenancy.suspend(site.id, reason=reason)
    _record(session, actor, site.id, "tenant.suspended", now, after={"reason": reason})


def reactivate(session: Session, *, actor: Actor, slug: str, now: datetime) -> None:
    """Serve a suspended site again. Raises UnknownSite, OwnSite."""
    site = _site(actor, slug, may_be_own=False)
    if site.status == "closed":
        raise errors.OwnSite("A closed tenant can't be opened again.")
    tenancy.reactivate(site.id)
    _record(session, actor, site.id, "tenant.reactivated", now)


def close(session: Session, *, actor: Actor, slug: str, typed: str, reason: str, now: datetime) -> None:
    """Close a site for good. Raises BadSite unless its slug was typed exactly, UnknownSite, OwnSite."""
    site = _site(actor, slug, may_be_own=False)
    if typed != slug:
        raise errors.BadSite(fields={"typed": "differs"})
    tenancy.close(site.id, reason=reason)
    _record(session, actor, site.id, "tenant.closed", now, after={"reason": reason})


def add_host(session: Session, *, actor: Actor, slug: str, host: str, kind: str, now: datetime) -> None:
    """Give a site another host that answers (`serve`) or leads to the primary one (`redirect`). Raises BadSite."""
    site = _site(actor, slug)
    try:
        tenancy.add_host(site.id, host, kind=kind, now=now)
    except InvalidHost:
        raise errors.BadSite(fields={"host": "shape"}) from None
    except HostTaken:
        raise errors.BadSite(fields={"host": "taken"}) from None
    _record(session, actor, site.id, "tenant.host_added", now, after={"host": host, "kind": kind})


def switch_for(session: Session, *, actor: Actor, slug: str, feature: FeatureName, on: bool, now: datetime) -> None:
    """Switch a feature of any site, as the operator of the installation."""
    site = _site(actor, slug)
    tenancy.switch(site.id, feature, on=on)
    _record(session, actor, site.id, "feature.switched", now, after={feature.value: on})


def switch(session: Session, *, actor: Actor, site: Site, feature: FeatureName, on: bool, now: datetime) -> None:
    """Switch a feature of one's own site."""
    POLICY.must(actor, Perm.MANAGE_SITE)
    tenancy.switch(site.id, feature, on=on)
    before = {feature.value: site.has(feature)}
    _note(session, actor, site.id, "feature.switched", now, before=before, after={feature.value: on})


def change_settings(session: Session, *, actor: Actor, site: Site, values: dict[str, Any], now: datetime) -> None:
    """Change settings of one's own site. Raises BadSite naming each field that is wrong; nothing is kept then."""
    POLICY.must(actor, Perm.MANAGE_SITE)
    try:
        after = tenancy.change_settings(site.id, values)
    except InvalidSetting as refused:
        raise errors.BadSite(fields=refused.problems) from None
    change = rules.difference(site.settings.model_dump(mode="json"), after.model_dump(mode="json"))
    if change:
        _note(session, actor, site.id, "settings.changed", now, before=change.before, after=change.after)


def rename(session: Session, *, actor: Actor, site: Site, name: str, now: datetime) -> None:
    """Change the name that visitors of one's own site see."""
    POLICY.must(actor, Perm.MANAGE_SITE)
    if name != site.name:
        tenancy.rename(site.id, name)
        _note(session, actor, site.id, "site.renamed", now, before={"name": site.name}, after={"name": name})


def change_branding(session: Session, *, actor: Actor, site: Site, values: dict[str, Any], now: datetime) -> None:
    """Change how one's own site looks. Raises BadSite naming each field that is wrong; nothing is kept then."""
    POLICY.must(actor, Perm.MANAGE_SITE)
    try:
        after = tenancy.change_branding(site.id, values, now=now)
    except InvalidSetting as refused:
        raise errors.BadSite(fields=refused.problems) from None
    change = rules.difference(site.branding.model_dump(mode="json"), after.model_dump(mode="json"))
    if change:
        _note(session, actor, site.id, "branding.changed", now, before=change.before, after=change.after)


def _site(actor: Actor, slug: str, *, may_be_own: bool = True) -> Site:
    POLICY.must(actor, Perm.RUN_INSTALLATION)
    found = queries.entry(slug)
    if found is None:
        raise errors.UnknownSite
    if found.site.is_installation and not may_be_own:
        raise errors.OwnSite
    return found.site


def _record(session: Session, actor: Actor, tenant_id: UUID, action: str, now: datetime, **changes: Any) -> None:
    """Record at the installation, and at the site, whose keepers see that its operator acted, but not who that is."""
    _note(session, actor, tenant_id, action, now, **changes)
    if tenant_id != actor.tenant_id:
        with tenant_session(tenant_id) as apart:
            _note(apart, system(tenant_id, "Installation"), tenant_id, action, now, **changes)


def _note(session: Session, actor: Actor, tenant_id: UUID, action: str, now: datetime, **changes: Any) -> None:
    audit.record(session, actor=actor, action=action, subject_kind="tenant", subject_id=tenant_id, now=now, **changes)
