"""What is read of the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.audit.models import AuditEntry, AuditSeal


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for: by text in who, what or about what; by kind of act; by time."""

    text: str = ""
    area: str = ""
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def entries(session: Session, wanted: Wanted, page: Page) -> Slice[tuple[AuditEntry, int | None]]:
    """Return entries, the newest first, each with the number of its seal or None while it waits for one."""
    conditions = _conditions(wanted)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
    newest = (
        select(AuditEntry, AuditSeal.number)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(*conditions)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    rows = session.execute(newest.limit(page.limit).offset(page.offset)).all()
    return Slice([(entry, number) for entry, number in rows], total, page)


def export(session: Session, wanted: Wanted) -> Iterator[tuple[AuditEntry, int | None]]:
    """Yield every entry asked for, the oldest first, without holding them all in memory."""
    statement = (
        select(AuditEntry, AuditSeal.number)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(*_conditions(wanted))
        .order_by(AuditEntry.at, AuditEntry.id)
        .execution_options(yield_per=500)
    )
    with session.execute(statement) as rows:
        yield from rows


def areas(session: Session) -> list[str]:
    """Return the kinds of things the record speaks of."""
    return list(session.scalars(select(AuditEntry.subject_kind).distinct().order_by(AuditEntry.subject_kind)))


def about(session: Session, subject_kind: str, subject_id: UUID | str, *, limit: int = 50) -> list[AuditEntry]:
    """Return what was done to one thing, the newest first."""
    statement = select(AuditEntry).where(
        AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == str(subject_id)
    )
    return list(session.scalars(statement.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (AuditEntry.actor_name, AuditEntry.action, AuditEntry.subject_id, AuditEntry.remote)
        parts = [column.icontains(wanted.text, autoescape=True) for column in columns]
        values = [cast(column, String).icontains(wanted.text, autoescape=True) for column in _VALUES]
        conditions.append(or_(*parts, *values))
    if wanted.area:
        conditions.append(AuditEntry.subject_kind == wanted.area)
    if wanted.actor_id:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.since:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until:
        conditions.append(AuditEntry.at < wanted.until)
    return conditions


_VALUES = (AuditEntry.before, AuditEntry.after)
