"""Tenants: resolve a host, found a tenant, change what it is. Register work runs in a platform session."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import hosts, settings
from tenants.errors import HostTaken, UnknownHost, UnknownTenant
from tenants.models import Branding, Domain, Feature, Tenant
from tenants.session import platform_session, tenant_session
from tenants.settings import BrandingChoices, FeatureName, TenantSettings

RESOLVED_FOR = 2.0  # seconds a resolved host may be out of date in another process


@dataclass(frozen=True)
class Site:
    """A tenant as a request sees it: who it is, how it looks, what it may do. Immutable, shared between requests."""

    id: UUID
    slug: str
    name: str
    kind: str
    status: str
    host: str
    settings: TenantSettings
    branding: BrandingChoices
    features: frozenset[str]
    aliases: tuple[str, ...] = ()

    @property
    def is_installation(self) -> bool:
        return self.kind == "installation"

    def has(self, feature: FeatureName) -> bool:
        return feature in self.features


@dataclass(frozen=True)
class Resolved:
    """What a host leads to. `redirect_to` names the primary host where the asked host is a redirecting alias."""

    site: Site
    redirect_to: str | None


_resolved: dict[str, tuple[float, Resolved]] = {}


def resolve(host_header: str) -> Resolved:
    """Return the site that answers on this host, from memory for up to RESOLVED_FOR seconds.

    Raises UnknownHost for a malformed, unknown, unverified or closed host: never a default tenant.
    """
    host = hosts.normalised(host_header)
    if host is None:
        raise UnknownHost(host_header)
    known = _resolved.get(host)
    if known and known[0] > time.monotonic():
        return known[1]
    with platform_session() as session:
        domain = session.get(Domain, host)
        if domain is None or domain.verified_at is None:
            raise UnknownHost(host)
        site = _site(session, _get(session, domain.tenant_id))
    if site.status == "closed":
        raise UnknownHost(host)
    found = Resolved(site, site.host if domain.kind == "redirect" else None)
    _resolved[host] = (time.monotonic() + RESOLVED_FOR, found)
    return found


def forget() -> None:
    """Drop every resolved host of this process, after a tenant was changed here."""
    _resolved.clear()


def site(tenant_id: UUID) -> Site:
    """Return a tenant's site, read afresh. Raises UnknownTenant."""
    with platform_session() as session:
        return _site(session, _get(session, tenant_id))


def site_by_slug(slug: str) -> Site:
    """Return a tenant's site by its slug, read afresh. Raises UnknownTenant."""
    with platform_session() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
        if tenant is None:
            raise UnknownTenant(slug)
        return _site(session, tenant)


def sites() -> list[Site]:
    """Return every tenant that isn't closed, oldest first."""
    with platform_session() as session:
        every = session.scalars(select(Tenant).where(Tenant.status != "closed").order_by(Tenant.created_at, Tenant.id))
        return [_site(session, tenant) for tenant in every]


def found(
    *,
    slug: str,
    name: str,
    host: str,
    now: datetime,
    settings_values: dict[str, Any] | None = None,
    branding_values: dict[str, Any] | None = None,
    features: frozenset[str] = frozenset({FeatureName.ESCROW}),
    kind: str = "site",
) -> Site:
    """Found a tenant with its primary host. Raises InvalidHost, HostTaken or InvalidSetting; nothing is kept then."""
    checked = settings.parse_settings(settings_values or {})
    choices = settings.parse_branding(branding_values or {})
    with platform_session() as session:
        tenant = Tenant(slug=slug, name=name, kind=kind, settings=checked.model_dump(mode="json"), created_at=now)
        session.add(tenant)
        session.flush()
        _add_host(session, tenant.id, host, "primary", now)
    with tenant_session(tenant.id) as session:
        session.add(Branding(choices=choices.model_dump(mode="json"), updated_at=now))
        session.add_all([Feature(name=FeatureName(feature).value, enabled=True) for feature in sorted(features)])
    return site(tenant.id)


def add_host(tenant_id: UUID, host: str, *, kind: str, now: datetime) -> None:
    """Add an alias that answers (`serve`) or leads to the primary host (`redirect`). Raises InvalidHost, HostTaken."""
    with platform_session() as session:
        _add_host(session, tenant_id, host, kind, now)
    forget()


def _add_host(session: Session, tenant_id: UUID, host: str, kind: str, now: datetime) -> None:
    name = hosts.registrable(host)
    if session.get(Domain, name) is not None:
        raise HostTaken(name)
    session.add(Domain(host=name, tenant_id=tenant_id, kind=kind, verified_at=now))
    session.flush()


def rename(tenant_id: UUID, name: str) -> None:
    """Change the name that visitors see."""
    with platform_session() as session:
        _get(session, tenant_id, lock=True).name = name
    forget()


def change_settings(tenant_id: UUID, values: dict[str, Any]) -> TenantSettings:
    """Merge `values` into the tenant's settings and return them. Raises InvalidSetting; nothing is kept then."""
    with platform_session() as session:
        tenant = _get(session, tenant_id, lock=True)
        checked = settings.parse_settings({**tenant.settings, **values})
        tenant.settings = checked.model_dump(mode="json")
    forget()
    return checked


def change_branding(tenant_id: UUID, values: dict[str, Any], *, now: datetime) -> BrandingChoices:
    """Merge `values` into the tenant's brand and return it. Raises InvalidSetting; nothing is kept then."""
    with tenant_session(tenant_id) as session:
        branding = session.get_one(Branding, tenant_id, with_for_update=True)
        checked = settings.parse_branding({**branding.choices, **values})
        branding.choices = checked.model_dump(mode="json")
        branding.updated_at = now
    forget()
    return checked


def switch(tenant_id: UUID, feature: FeatureName, *, on: bool) -> None:
    """Switch a feature of the tenant on or off."""
    with tenant_session(tenant_id) as session:
        session.merge(Feature(tenant_id=tenant_id, name=feature.value, enabled=on))
    forget()


def suspend(tenant_id: UUID, *, reason: str) -> None:
    """Answer every request to the tenant's hosts with its 503 page until it is reactivated."""
    _set_status(tenant_id, "suspended", reason)


def reactivate(tenant_id: UUID) -> None:
    """Serve a suspended tenant again."""
    _set_status(tenant_id, "active", "")


def close(tenant_id: UUID, *, reason: str) -> None:
    """Close the tenant for good: its hosts become unknown, its data stays until it is erased."""
    _set_status(tenant_id, "closed", reason)


def _set_status(tenant_id: UUID, status: str, reason: str) -> None:
    with platform_session() as session:
        tenant = _get(session, tenant_id, lock=True)
        tenant.status, tenant.status_reason = status, reason
    forget()


def _get(session: Session, tenant_id: UUID, *, lock: bool = False) -> Tenant:
    tenant = session.get(Tenant, tenant_id, with_for_update=lock or None)
    if tenant is None:
        raise UnknownTenant(str(tenant_id))
    return tenant


def _site(session: Session, tenant: Tenant) -> Site:
    domains = session.scalars(select(Domain).where(Domain.tenant_id == tenant.id).order_by(Domain.host)).all()
    branding = session.get(Branding, tenant.id)
    enabled = session.scalars(select(Feature.name).where(Feature.tenant_id == tenant.id, Feature.enabled))
    return Site(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        kind=tenant.kind,
        status=tenant.status,
        host=next((domain.host for domain in domains if domain.kind == "primary"), ""),
        settings=settings.parse_settings(tenant.settings),
        branding=settings.parse_branding(branding.choices if branding else {}),
        features=frozenset(enabled),
        aliases=tuple(domain.host for domain in domains if domain.kind != "primary"),
    )
