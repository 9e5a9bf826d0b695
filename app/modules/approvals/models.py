"""Requests for a second person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified

STATES = ("asked", "approved", "declined", "withdrawn", "expired")


class Approval(Identified, Base):
    """One request. `facts` is what the second person is shown, as it was when it was asked."""

    __tablename__ = "approvals"
    __table_args__ = (CheckConstraint(f"state in {STATES}", name="state"),)

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="asked")
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
