"""The ledger's verbs: post a journal once, ask a balance, check that everything adds up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.modules.ledger import queries, rules
from app.modules.ledger.errors import KeyReused
from app.modules.ledger.models import LedgerAccount, LedgerBalance, LedgerHead, LedgerJournal, LedgerPosting
from app.modules.ledger.rules import Difference as Difference
from app.modules.ledger.rules import Line as Line
from tenants import context

GENESIS = "0" * 64
UNDONE = "undone"


def post(session: Session, *, key: str, kind: str, cause: str, lines: Sequence[Line], now: datetime) -> LedgerJournal:
    """Post a journal and return it; the same key again returns the first one and posts nothing, unless it was undone.

    `lines` are in base units, debit positive, credit negative, zero in sum for each asset. Raises Unbalanced,
    UnknownAccountKind, KeyReused (the key stands for other lines); IntegrityError where an account would pass zero.
    """
    rules.assert_balanced(lines)
    head = _lock_head(session)
    earlier = queries.journal(session, key)
    while earlier is not None and queries.journal(session, undoing(earlier.key)) is not None:
        key = rules.AGAIN + key
        earlier = queries.journal(session, key)
    if earlier is not None:
        if queries.lines(session, earlier.id) != list(lines):
            raise KeyReused(f"The journal {key} was posted with other lines.")
        return earlier
    journal = LedgerJournal(
        number=head.number + 1,
        key=key,
        kind=kind,
        cause=cause,
        posted_at=now,
        previous_hash=head.hash,
        hash=rules.seal(head.hash, key=key, kind=kind, cause=cause, posted_at=now, lines=lines),
    )
    session.add(journal)
    session.flush()
    for number, line in enumerate(lines, start=1):
        _add(session, journal, number, line)
    head.number, head.hash = journal.number, journal.hash
    session.flush()
    return journal


def undoing(key: str) -> str:
    """Return the key of the journal that undoes another."""
    return rules.UNDO + key


def undo(session: Session, *, cause: str, now: datetime) -> int:
    """Undo by journals of their own what was posted for a cause that turned out not to be; return how many.

    Undoing twice changes nothing. What was undone can be posted again under its own key.
    """
    done = 0
    for journal in reversed(queries.caused_by(session, cause)):
        if journal.kind != UNDONE and queries.journal(session, undoing(journal.key)) is None:
            lines = [replace(line, amount=-line.amount) for line in queries.lines(session, journal.id)]
            post(session, key=undoing(journal.key), kind=UNDONE, cause=cause, lines=lines, now=now)
            done += 1
    return done


def balance(session: Session, kind: str, *, asset: str, owner_id: UUID | None = None) -> int:
    """Return an account's balance on the side it grows on, in base units; 0 where nothing was posted."""
    account = queries.account(session, kind, owner_id, asset)
    if account is None:
        return 0
    kept = session.get(LedgerBalance, (context.tenant_id(), account.id))
    amount = int(kept.amount) if kept else 0
    return -amount if account.normal == "credit" else amount


def total(session: Session, kind: str, *, asset: str) -> int:
    """Return what all accounts of a kind hold together, on the side they grow on, in base units."""
    amount = queries.total(session, kind, asset)
    return -amount if rules.KINDS[kind] == "credit" else amount


def totals(session: Session, kind: str) -> dict[str, int]:
    """Return asset → what all accounts of a kind hold together, on the side they grow on, in base units."""
    side = -1 if rules.KINDS[kind] == "credit" else 1
    return {asset: side * amount for asset, amount in queries.totals(session, kind).items()}


def amounts(session: Session, *, kind: str, account: str, since: datetime | None = None) -> dict[str, int]:
    """Return key → what a journal of this kind put on an account of that kind, signed: debit positive, base units.

    `since` leaves out what was posted before.
    """
    return queries.amounts(session, kind, account, since)


def count(session: Session) -> int:
    """Return how many journals were posted."""
    return queries.count(session)


def check(session: Session) -> list[Difference]:
    """Derive every balance and seal again and return what disagrees; empty means that the books are in order."""
    found = [
        Difference(
            code="balance",
            values={"kind": row.kind, "owner": str(row.owner_id or ""), "asset": row.asset},
            booked=kept,
            counted=counted,
        )
        for row, kept, counted in queries.drift(session)
    ]
    previous = GENESIS
    for number, journal in enumerate(queries.journals(session), start=1):
        lines = queries.lines(session, journal.id)
        sealed = rules.seal(
            previous, key=journal.key, kind=journal.kind, cause=journal.cause, posted_at=journal.posted_at, lines=lines
        )
        if journal.number != number or journal.hash != sealed or journal.previous_hash != previous:
            found.append(_of_journal("seal", journal, journal.number, number))
        previous = journal.hash
        found += [
            _of_journal("journal", journal, 0, amount, asset=asset) for asset, amount in _sums(lines).items() if amount
        ]
    return found


def _of_journal(code: str, journal: LedgerJournal, booked: int, counted: int, **values: str) -> Difference:
    return Difference(code=code, values={"number": str(journal.number), **values}, booked=booked, counted=counted)


def _sums(lines: Sequence[Line]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.asset] += line.amount
    return sums


def _lock_head(session: Session) -> LedgerHead:
    fresh = insert(LedgerHead).values(tenant_id=context.tenant_id(), number=0, hash=GENESIS)
    session.execute(fresh.on_conflict_do_nothing())
    locked = select(LedgerHead).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).one()


def _add(session: Session, journal: LedgerJournal, number: int, line: Line) -> None:
    account = queries.account(session, line.account, line.owner_id, line.asset) or _open(session, line)
    session.add(
        LedgerPosting(journal_id=journal.id, number=number, account_id=account.id, asset=line.asset, amount=line.amount)
    )
    session.flush()
    key = (context.tenant_id(), account.id)
    kept = session.get_one(LedgerBalance, key, with_for_update=True, populate_existing=True)
    kept.amount = Decimal(int(kept.amount) + line.amount)  # Decimal's own sum would keep 28 digits
    session.flush()


def _open(session: Session, line: Line) -> LedgerAccount:
    normal = rules.KINDS[line.account]
    account = LedgerAccount(kind=line.account, owner_id=line.owner_id, asset=line.asset, normal=normal)
    session.add(account)
    session.flush()
    session.add(LedgerBalance(account_id=account.id, normal=normal, amount=Decimal(0)))
    session.flush()
    return account
