"""What is read of the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, or_, select, tuple_
from sqlalchemy.orm import Session

from app.modules.audit.models import AuditEntry, AuditSeal


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for: by text anywhere; by who did it; by act; by what it is about; by time."""

    text: str = ""
    who: str = ""
    act: str = ""
    area: str = ""
    thing: str = ""
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def behind(
    session: Session, wanted: Wanted, mark: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[AuditEntry, int | None]]:
    """Return up to `limit` entries behind the entry `mark` (time and id), the newest first."""
    conditions = _conditions(wanted)
    if mark is not None:
        conditions.append(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(*mark))
    newest = (
        select(AuditEntry, AuditSeal.number)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(*conditions)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return [(entry, number) for entry, number in session.execute(newest.limit(limit))]


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


def place_of(session: Session, entry_id: str) -> tuple[datetime, UUID] | None:
    """Return where an entry stands in the list, for `behind`; None for one that isn't there."""
    try:
        wanted = UUID(entry_id)
    except ValueError:
        return None
    at = session.scalar(select(AuditEntry.at).where(AuditEntry.id == wanted))
    return (at, wanted) if at is not None else None


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
    if wanted.who:
        conditions.append(_is_by(wanted.who))
    if wanted.act:
        conditions.append(AuditEntry.action == wanted.act)
    if wanted.thing:
        conditions.append(AuditEntry.subject_id == wanted.thing)
    if wanted.area:
        conditions.append(AuditEntry.subject_kind == wanted.area)
    if wanted.actor_id:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.since:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until:
        conditions.append(AuditEntry.at < wanted.until)
    return conditions


def _is_by(who: str) -> ColumnElement[bool]:
    named = AuditEntry.actor_name.icontains(who, autoescape=True)
    try:
        return or_(named, AuditEntry.actor_id == UUID(who))
    except ValueError:
        return named


_VALUES = (AuditEntry.before, AuditEntry.after)
