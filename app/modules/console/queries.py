"""The register of tenants as its keeper sees it. Reads in platform sessions, and in each tenant's own for counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core.pagination import Page, Slice
from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.console import rules
from tenants import service as tenancy
from tenants.models import Domain, Tenant
from tenants.service import Site
from tenants.session import platform_session, tenant_session


@dataclass(frozen=True)
class Entry:
    """One tenant in the list: what it is, how many people it has, what it lacks."""

    site: Site
    reason: str
    created_at: datetime
    people: int
    administrators: int
    lacking: Sequence[str]


def entries(*, search: str, status: str, page: Page) -> Slice[Entry]:
    """Return tenants, the installation's own first, then by name; closed ones only if they are asked for."""
    wanted = [Tenant.status == status] if status else [Tenant.status != "closed"]
    if search:
        hosts = select(Domain.tenant_id).where(Domain.host.contains(search.lower(), autoescape=True))
        named = [column.icontains(search, autoescape=True) for column in (Tenant.name, Tenant.slug)]
        wanted.append(or_(*named, Tenant.id.in_(hosts)))
    with platform_session() as session:
        total = session.scalar(select(func.count()).select_from(Tenant).where(*wanted)) or 0
        order = (Tenant.kind == "site", func.lower(Tenant.name), Tenant.id)
        found = session.scalars(select(Tenant).where(*wanted).order_by(*order).limit(page.limit).offset(page.offset))
        tenants = found.all()
    return Slice([_entry(tenant) for tenant in tenants], total, page)


def entry(slug: str) -> Entry | None:
    """Return one tenant by its slug, or None."""
    with platform_session() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
    return None if tenant is None else _entry(tenant)


def hosts_of(tenant_id: UUID) -> Sequence[Domain]:
    """Return a tenant's hosts, the primary one first."""
    with platform_session() as session:
        statement = select(Domain).where(Domain.tenant_id == tenant_id)
        return session.scalars(statement.order_by(Domain.kind != "primary", Domain.host)).all()


def counts() -> dict[str, int]:
    """Return status → number of tenants, the installation's own site left out."""
    with platform_session() as session:
        rows = session.execute(select(Tenant.status, func.count()).where(Tenant.kind == "site").group_by(Tenant.status))
        return {status: number for status, number in rows}  # noqa: C416  # rows aren't pairs to a type checker


def _entry(tenant: Tenant) -> Entry:
    site = tenancy.site(tenant.id)
    role = Role.SUPER_ADMIN if site.is_installation else Role.TENANT_ADMIN
    with tenant_session(tenant.id) as session:
        people, administrators = accounts.count_people(session), len(accounts.people_with_role(session, role))
    offers = sorted(site.features)
    lacking = [] if site.is_installation else rules.missing(site.settings, administrators=administrators, offers=offers)
    return Entry(site, tenant.status_reason, tenant.created_at, people, administrators, lacking)
