"""Questions about cases."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.compliance.models import Case, CaseDocument, Check, TrailEntry
from app.modules.compliance.rules import OPEN_STATUSES, Level, Status
from tenants import context

QUEUES: dict[str, tuple[Status, ...]] = {
    "waiting": (Status.SUBMITTED,),
    "with_person": (Status.COLLECTING, Status.NEEDS_MORE),
    "approved": (Status.APPROVED,),
    "rejected": (Status.REJECTED,),
}


def approved_levels(session: Session, user_id: UUID, now: datetime) -> list[Level]:
    """Return the levels a person holds by decisions that haven't run out."""
    query = select(Case.level).where(Case.user_id == user_id, Case.status == Status.APPROVED, Case.expires_at > now)
    return [Level(level) for level in session.scalars(query)]


def latest(session: Session, user_id: UUID) -> Case | None:
    """Return a person's newest case."""
    query = select(Case).where(Case.user_id == user_id).order_by(Case.opened_at.desc(), Case.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


def open_case(session: Session, user_id: UUID) -> Case | None:
    """Return a person's open case."""
    return session.scalars(select(Case).where(Case.user_id == user_id, Case.status.in_(OPEN_STATUSES))).one_or_none()


def documents(session: Session, case_id: UUID) -> list[CaseDocument]:
    """Return what was sent for a case, in order."""
    query = select(CaseDocument).where(CaseDocument.case_id == case_id)
    return list(session.scalars(query.order_by(CaseDocument.added_at, CaseDocument.id)))


def usable_files(session: Session, case_id: UUID) -> Counter[str]:
    """Return the number of documents by step, without refused ones."""
    return Counter(sent.step for sent in documents(session, case_id) if sent.status != "refused")


def checks(session: Session, case_id: UUID) -> list[Check]:
    """Return the recorded checks of a case, in order."""
    return list(session.scalars(select(Check).where(Check.case_id == case_id).order_by(Check.checked_at, Check.id)))


def trail(session: Session, case_id: UUID, *, shown_only: bool) -> list[TrailEntry]:
    """Return what happened in a case, in order."""
    query = select(TrailEntry).where(TrailEntry.case_id == case_id)
    if shown_only:
        query = query.where(TrailEntry.shown)
    return list(session.scalars(query.order_by(TrailEntry.at, TrailEntry.id)))


def queue(session: Session, name: str, page: Page) -> Slice[Case]:
    """Return a queue's cases: waiting ones with the oldest first, others with the newest first."""
    query: Any = select(Case).where(Case.status.in_(QUEUES[name]))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = func.coalesce(Case.decided_at, Case.opened_at).desc()
    first: Any = Case.submitted_at if name == "waiting" else newest
    rows = session.scalars(query.order_by(first, Case.id).limit(page.limit).offset(page.offset)).all()
    return Slice(rows, total, page)


def sizes(session: Session) -> dict[str, int]:
    """Return how many cases each queue has."""
    rows = session.execute(select(Case.status, func.count().label("number")).group_by(Case.status)).all()
    by_status = {row.status: row.number for row in rows}
    return {name: sum(by_status.get(status, 0) for status in statuses) for name, statuses in QUEUES.items()}


def take_turn(session: Session) -> None:
    """Wait until no other transaction of this tenant is opening a case; ours is the next one to."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"case:{context.tenant_id()}", 0))))


def next_number(session: Session) -> int:
    """Return the next case number of this tenant; the row that uses it must be inserted in this transaction."""
    take_turn(session)
    return (session.scalar(select(func.max(Case.number))) or 0) + 1


def reference(session: Session, case_id: UUID) -> str:
    """Return a case's name, as people say it."""
    return session.scalars(select(Case).where(Case.id == case_id)).one().reference
