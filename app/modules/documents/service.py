"""Take files, give them to those who may have them, and log each opening."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.documents import queries, rules
from app.modules.documents.errors import NoSuchDocument
from app.modules.documents.models import Document, DocumentOpening
from app.modules.documents.permissions import POLICY, Perm
from app.modules.documents.rules import ACCEPT, MAX_BYTES, Access, Entitlement
from app.modules.documents.service_sealing import content_of, keep, remove_plain, seal_plain
from tenants import ids

__all__ = ["ACCEPT", "MAX_BYTES", "Access", "Document", "Entitlement", "Opened", "remove_plain", "seal_plain"]


@dataclass(frozen=True)
class Opened:
    """A document with its bytes, for somebody who may have them."""

    document: Document
    content: bytes


def store(
    session: Session,
    *,
    actor: Actor,
    name: str,
    content: bytes,
    purpose: str,
    access: str,
    subject_kind: str,
    subject_id: UUID,
    now: datetime,
    replaces: UUID | None = None,
) -> Document:
    """Check and keep a file; return its record. With `replaces` it becomes the next version of that document.

    `purpose` says what it is for (`kyc`, `memorandum`, …), `subject_*` what it belongs to. Images are written anew,
    without metadata; SVG is taken from the system alone; identity documents are sealed. Raises UploadRefused with a
    sentence that says what to do.
    """
    POLICY.must(actor, Perm.STORE)
    accepted = rules.accept(name, content, drawings=actor.is_system)
    earlier = _changeable(session, actor, replaces) if replaces else None
    document_id = ids.new()
    document = Document(
        id=document_id,
        series_id=earlier.series_id if earlier else document_id,
        version=earlier.version + 1 if earlier else 1,
        owner_id=actor.user_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        purpose=purpose,
        access=Access(access).value,
        name=accepted.name,
        media_type=accepted.media_type,
        size=len(accepted.content),
        created_at=now,
    )
    keep(document, accepted.content)
    session.add(document)
    if earlier:
        earlier.withdrawn_at = now
    session.flush()
    after = {"purpose": purpose, "access": document.access, "sha256": document.sha256}
    if document.access != Access.PRIVATE.value:
        after["name"] = document.name  # a person's own file may be named after a passport's number
    audit.record(
        session,
        actor=actor,
        action="document.stored",
        subject_kind="document",
        subject_id=document.id,
        after=after,
        now=now,
    )
    return document


def open(  # noqa: A001 - reads as documents.open at the caller's
    session: Session,
    *,
    actor: Actor,
    document_id: UUID,
    now: datetime,
    entitlements: frozenset[Entitlement] = frozenset(),
) -> Opened:
    """Return a document with its bytes and log the opening.

    `entitlements` are facts that only modules above know ("this person invested in the document's deal"); without
    them the levels `verified` and `invested` stay shut. Raises NoSuchDocument, the same for absent and forbidden.
    """
    document = session.get(Document, (actor.tenant_id, document_id))
    if document is None or not may_open(document, actor=actor, entitlements=entitlements):
        raise NoSuchDocument
    content = content_of(document)
    session.add(
        DocumentOpening(
            document_id=document.id,
            opener_id=actor.user_id,
            opener_name=actor.name,
            remote=actor.remote,
            opened_at=now,
        )
    )
    session.flush()
    return Opened(document, content)


def may_open(document: Document, *, actor: Actor, entitlements: frozenset[Entitlement] = frozenset()) -> bool:
    """Tell whether `actor` may have the document's content."""
    if actor.is_system:
        return True
    is_owner = document.owner_id is not None and document.owner_id == actor.user_id
    if document.withdrawn_at is not None:
        return rules.may_open_withdrawn(document.purpose, is_owner=is_owner, entitlements=entitlements)
    return rules.may_open(
        Access(document.access),
        purpose=document.purpose,
        is_person=actor.is_person,
        is_owner=is_owner,
        roles=actor.roles,
        entitlements=entitlements,
    )


def of_subject(session: Session, *, subject_kind: str, subject_id: UUID, purpose: str | None = None) -> list[Document]:
    """Return the current documents of a thing, oldest first. Their content is behind `open`."""
    return queries.of_subject(session, subject_kind, subject_id, purpose)


def described(session: Session, document_ids: list[UUID]) -> dict[UUID, Document]:
    """Return records by id, for those that exist."""
    rows = session.scalars(select(Document).where(Document.id.in_(document_ids)))
    return {row.id: row for row in rows}


def openings_of(session: Session, *, actor: Actor, document_ids: list[UUID]) -> list[DocumentOpening]:
    """Return who opened these documents, newest first: their owner may know, and officers. Raises Forbidden."""
    for document in described(session, document_ids).values():
        POLICY.must(actor, Perm.READ_LOG, document)
    return queries.openings(session, document_ids)


def change_access(session: Session, *, actor: Actor, document_id: UUID, access: str, now: datetime) -> Document:
    """Set who may open a document. Raises NoSuchDocument or Forbidden."""
    document = _changeable(session, actor, document_id)
    before, document.access = document.access, Access(access).value
    audit.record(
        session,
        actor=actor,
        action="document.access_changed",
        subject_kind="document",
        subject_id=document.id,
        before={"access": before},
        after={"access": document.access},
        now=now,
    )
    return document


def withdraw(session: Session, *, actor: Actor, document_id: UUID, now: datetime) -> None:
    """Take a document out of use; the record and the log stay. Raises NoSuchDocument or Forbidden."""
    document = _changeable(session, actor, document_id)
    document.withdrawn_at = now
    audit.record(
        session, actor=actor, action="document.withdrawn", subject_kind="document", subject_id=document.id, now=now
    )


def _changeable(session: Session, actor: Actor, document_id: UUID) -> Document:
    document = session.get(Document, (actor.tenant_id, document_id), with_for_update=True)
    if document is None or document.withdrawn_at is not None:
        raise NoSuchDocument
    POLICY.must(actor, Perm.CHANGE, document)
    return document
