"""The record of what was done, and the chain of hashes that shows when it was tampered with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, TenantScoped


class AuditEntry(Identified, Base):
    """One thing that was done. `actor_id` is empty for the system and for visitors."""

    __tablename__ = "audit_entries"

    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    remote: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


class AuditSeal(TenantScoped, Base):
    """A link of the tenant's chain: SHA-256 over the previous link and one entry, in the order of sealing."""

    __tablename__ = "audit_seals"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "entry_id"], ["app.audit_entries.tenant_id", "app.audit_entries.id"]),
        UniqueConstraint("tenant_id", "entry_id"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID]
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]
