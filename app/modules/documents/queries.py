"""Questions about documents."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.modules.documents import rules
from app.modules.documents.models import Document, DocumentOpening


def of_subject(session: Session, subject_kind: str, subject_id: UUID, purpose: str | None) -> list[Document]:
    """Return the current documents of a thing, oldest first."""
    query = select(Document).where(
        Document.subject_kind == subject_kind, Document.subject_id == subject_id, Document.withdrawn_at.is_(None)
    )
    if purpose is not None:
        query = query.where(Document.purpose == purpose)
    return list(session.scalars(query.order_by(Document.created_at, Document.id)))


def openings(session: Session, document_ids: list[UUID]) -> list[DocumentOpening]:
    """Return who opened these documents, newest first."""
    query = select(DocumentOpening).where(DocumentOpening.document_id.in_(document_ids))
    return list(session.scalars(query.order_by(DocumentOpening.opened_at.desc())))


def to_seal(session: Session) -> list[Document]:
    """Return the documents that stand plain in the store and are to be sealed, locked."""
    plain = (Document.purpose.in_(rules.SEALED), Document.sealed_as == "")
    return list(session.scalars(select(Document).where(*plain).order_by(Document.id).with_for_update()))
