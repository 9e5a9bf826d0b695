"""Cases: what a person declared and sent, what was checked, what was decided, and the trail of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class Case(Identified, Base):
    """One request for a level. A person has at most one that is open.

    `declared` holds the typed parts by step; `reopened` maps steps asked for again to the reason's code.
    `message` is for the person, `reason` for the file.
    """

    __tablename__ = "verification_cases"

    user_id: Mapped[UUID]
    number: Mapped[int]
    level: Mapped[str]
    status: Mapped[str]
    declared: Mapped[dict[str, Any]]
    reopened: Mapped[dict[str, Any]]
    reasons: Mapped[list[str]] = mapped_column(JSONB, default=list)
    message: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]

    @property
    def reference(self) -> str:
        """The case's name, as people say it."""
        return f"KYC-{self.opened_at.year}-{self.number:04d}"


class CaseDocument(Identified, Base):
    """A document sent for a step. `status`: received, accepted or refused."""

    __tablename__ = "verification_documents"

    case_id: Mapped[UUID]
    document_id: Mapped[UUID]
    step: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]


class Check(Identified, Base):
    """A search an officer made. `outcome`: clear, open, cleared or confirmed."""

    __tablename__ = "verification_checks"

    case_id: Mapped[UUID]
    kind: Mapped[str]
    outcome: Mapped[str]
    finding: Mapped[str]
    note: Mapped[str]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime]


class TrailEntry(Identified, Base):
    """What happened in a case. `what` is a code; `shown` entries are for the person too, the others for officers."""

    __tablename__ = "verification_trail"

    case_id: Mapped[UUID]
    what: Mapped[str]
    text: Mapped[str]
    shown: Mapped[bool]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    at: Mapped[datetime]
