"""The installation's register of tenants, and each tenant's brand and switches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tenants import ids
from tenants.orm import Base, Platform, TenantScoped


class Tenant(Platform, Base):
    """One white-label site. `kind` is `installation` for the operator's own console site, else `site`."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("status in ('active', 'suspended', 'closed')", name="status"),
        CheckConstraint("kind in ('site', 'installation')", name="kind"),
        {"schema": "platform"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="site")
    status: Mapped[str] = mapped_column(default="active")
    status_reason: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Domain(Platform, Base):
    """A host name of a tenant. `kind`: `primary`, `serve` (answers too) or `redirect` (leads to the primary)."""

    __tablename__ = "domains"
    __table_args__ = (
        CheckConstraint("kind in ('primary', 'serve', 'redirect')", name="kind"),
        CheckConstraint("host = lower(host)", name="host_lower"),
        {"schema": "platform"},
    )

    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("platform.tenants.id"), index=True)
    kind: Mapped[str]
    verified_at: Mapped[datetime | None]


class Branding(TenantScoped, Base):
    """How a tenant's site looks: a pack and a handful of choices (settings.BrandingChoices says which values)."""

    __tablename__ = "brandings"

    choices: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Feature(TenantScoped, Base):
    """A switch of a tenant; a feature without a row is off."""

    __tablename__ = "features"

    name: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
