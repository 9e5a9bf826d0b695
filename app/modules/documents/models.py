"""A stored file's record, and the log of who opened it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class Document(Identified, Base):
    """One version of a file, whose bytes have the hash `sha256`; `owner_id` is empty for the system's files.

    The bytes stand in the store under `sha256`, or sealed for this row under `sealed_as`, the hash of what was sealed.
    `access`: public, registered, verified, invested or private. Versions of one file share `series_id`.
    """

    __tablename__ = "documents"

    series_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[UUID | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    purpose: Mapped[str]
    access: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    sealed_as: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class DocumentOpening(Identified, Base):
    """Somebody was given a document's content. `opener_id` is empty for a visitor or the system."""

    __tablename__ = "document_openings"

    document_id: Mapped[UUID]
    opener_id: Mapped[UUID | None]
    opener_name: Mapped[str]
    remote: Mapped[str]
    opened_at: Mapped[datetime]
