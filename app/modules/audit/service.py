"""Record what was done, seal the record, check it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor
from app.modules.audit import rules, rules_sealed
from app.modules.audit.errors import NoSuchSeal
from app.modules.audit.events import RecordSealed
from app.modules.audit.models import AuditEntry, AuditSeal
from app.modules.audit.queries import about as about

SEALED_AT_ONCE = 1000
LONGEST_TRANSACTION = timedelta(hours=1)  # an entry is committed at most this long after its id was made


@dataclass(frozen=True)
class Checked:
    """The outcome of a check of the chain. `broken_at` is the number of the first link that doesn't hold."""

    links: int
    broken_at: int | None

    @property
    def holds(self) -> bool:
        return self.broken_at is None


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write one entry in this transaction. Values whose name says that they are secret are hidden."""
    session.add(
        AuditEntry(
            actor_id=actor.user_id,
            actor_name=actor.name,
            remote=actor.remote,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            before=rules.masked(before),
            after=rules.masked(after),
            at=now,
        )
    )


def was_noted(session: Session, action: str, *, remote: str, since: datetime) -> bool:
    """Tell whether this act from this place stands in the record since then, so that a storm of them isn't."""
    lately = select(AuditEntry.id).where(AuditEntry.at >= since, AuditEntry.action == action)
    return session.scalar(lately.where(AuditEntry.remote == remote).limit(1)) is not None


def seal(session: Session, *, now: datetime) -> int:
    """Chain entries that were committed since the last time; return how many. Runs apart from the work it records.

    Sealing inside the recording transaction would make a tenant's transactions wait for one another, and deadlock with
    their row locks.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("audit.seal", 0))))
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).first()
    number, previous = (last.number, last.hash) if last else (0, rules.GENESIS)
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id)
    in_time = (AuditEntry.at, AuditEntry.id)  # ids of one millisecond have no order
    fresh = select(AuditEntry).where(~sealed.exists()).order_by(*in_time).limit(SEALED_AT_ONCE)
    if last is not None:
        fresh = fresh.where(AuditEntry.id > rules.lowest_id(last.sealed_at - LONGEST_TRANSACTION))
    count = 0
    for entry in session.scalars(fresh):
        count, current = count + 1, rules.link(previous, _content(entry))
        session.add(AuditSeal(number=number + count, entry_id=entry.id, previous=previous, hash=current, sealed_at=now))
        previous = current
    session.flush()
    if count:
        sealed_now = RecordSealed(number=number + count, hash=previous.hex(), entries=count, sealed_at=now)
        outbox.record(session, sealed_now)
    return count


def check(session: Session, *, first: int = 1, most: int | None = None) -> Checked:
    """Recompute the chain from link `first` on, at most `most` links, and say whether it holds.

    What comes before `first` is taken as it is written: check from 1 on to know about all of it.
    """
    previous, number = _before(session, first), first - 1
    statement = (
        select(AuditSeal, AuditEntry)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.number >= first)
        .order_by(AuditSeal.number)
        .limit(most)
        .execution_options(yield_per=500)
    )
    with session.execute(statement) as rows:
        for sealed, entry in rows:
            number += 1
            genuine = rules.link(previous, _content(entry))
            if sealed.number != number or sealed.previous != previous or sealed.hash != genuine:
                return Checked(number - first + 1, broken_at=number)
            previous = sealed.hash
    return Checked(number - first + 1, broken_at=None)


def head(session: Session) -> AuditSeal | None:
    """Return the newest link. Kept elsewhere, its hash proves later that nothing up to it was rewritten."""
    return session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).first()


def seal_of(session: Session, number: int) -> AuditSeal | None:
    """Return the link with this number."""
    return session.scalars(select(AuditSeal).where(AuditSeal.number == number)).first()


def is_sealed(session: Session, *, number: int, hash_: str) -> bool:
    """Tell whether the link with this number still has the hash that somebody kept, in hexadecimal digits."""
    kept = seal_of(session, number) if 0 < number < 2**63 else None
    return kept is not None and kept.hash.hex() == hash_.strip().lower()


def sealed_file(session: Session, *, site: str, first: int = 1, now: datetime) -> Iterator[str]:
    """Yield the lines of the sealed record from link `first` on, as rules_sealed says; never all of it in memory."""
    previous, entries = _before(session, first), 0
    yield rules_sealed.head_line(
        tenant=str(session.info["tenant_id"]), site=site, first=first, previous=previous, at=now
    )
    statement = (
        select(AuditSeal, AuditEntry)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.number >= first)
        .order_by(AuditSeal.number)
        .execution_options(yield_per=500)
    )
    with session.execute(statement) as rows:
        for sealed, entry in rows:
            entries, previous = entries + 1, sealed.hash
            yield rules_sealed.entry_line(rules_sealed.Sealed(sealed.number, sealed.hash, _content(entry)))
    yield rules_sealed.end_line(entries=entries, head=previous)


def _before(session: Session, first: int) -> bytes:
    if first == 1:
        return rules.GENESIS
    before = seal_of(session, first - 1)
    if before is None:
        raise NoSuchSeal
    return before.hash


def _content(entry: AuditEntry) -> dict[str, Any]:
    return {
        "tenant": str(entry.tenant_id),
        "id": str(entry.id),
        "actor": str(entry.actor_id or ""),
        "actor_name": entry.actor_name,
        "remote": entry.remote,
        "action": entry.action,
        "subject": [entry.subject_kind, entry.subject_id],
        "before": entry.before,
        "after": entry.after,
        "at": entry.at.astimezone(UTC).isoformat(),
    }
