"""Reads of the ledger."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.modules.ledger import rules
from app.modules.ledger.models import LedgerAccount, LedgerBalance, LedgerJournal, LedgerPosting
from app.modules.ledger.rules import Line


def account(session: Session, kind: str, owner_id: UUID | None, asset: str) -> LedgerAccount | None:
    """Return an account, or None where nothing was ever posted to it."""
    found = select(LedgerAccount).where(
        LedgerAccount.kind == kind, LedgerAccount.owner_id.is_not_distinct_from(owner_id), LedgerAccount.asset == asset
    )
    return session.scalars(found).one_or_none()


def journal(session: Session, key: str) -> LedgerJournal | None:
    """Return the journal with this key, or None."""
    return session.scalars(select(LedgerJournal).where(LedgerJournal.key == key)).one_or_none()


def caused_by(session: Session, cause: str) -> list[LedgerJournal]:
    """Return the journals that were posted for a cause, in their order."""
    found = select(LedgerJournal).where(LedgerJournal.cause == cause)
    return list(session.scalars(found.order_by(LedgerJournal.number)))


def journals(session: Session) -> Iterable[LedgerJournal]:
    """Return every journal in the order in which they were posted."""
    return session.scalars(select(LedgerJournal).order_by(LedgerJournal.number))


def count(session: Session) -> int:
    """Return how many journals there are."""
    return int(session.execute(select(func.count()).select_from(LedgerJournal)).scalar_one())


def lines(session: Session, journal_id: UUID) -> list[Line]:
    """Return a journal's postings in their order."""
    found = (
        select(LedgerAccount.kind, LedgerAccount.owner_id, LedgerPosting.asset, LedgerPosting.amount)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerPosting.journal_id == journal_id)
        .order_by(LedgerPosting.number)
    )
    return [
        Line(account=kind, owner_id=owner, asset=asset, amount=amount)
        for kind, owner, asset, amount in session.execute(found)
    ]


def total(session: Session, kind: str, asset: str) -> int:
    """Return the signed sum of every account of a kind in an asset, in base units, from the postings themselves."""
    found = (
        select(func.coalesce(func.sum(LedgerPosting.amount), 0))
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerAccount.kind == kind, LedgerAccount.asset == asset)
    )
    return int(session.execute(found).scalar_one())


def totals(session: Session, kind: str) -> dict[str, int]:
    """Return asset → the signed sum of every account of a kind, in base units, from the postings themselves."""
    found = (
        select(LedgerAccount.asset, func.sum(LedgerPosting.amount))
        .join(LedgerPosting, LedgerPosting.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == kind)
        .group_by(LedgerAccount.asset)
    )
    return {asset: int(amount) for asset, amount in session.execute(found)}


def amounts(session: Session, kind: str, account_kind: str, since: datetime | None = None) -> dict[str, int]:
    """Return journal key → the signed sum of its postings on accounts of a kind, for journals of a kind.

    One that was undone isn't there; one that was posted again stands under its first key.
    """
    undoing = aliased(LedgerJournal)
    undone = select(undoing.id).where(undoing.key == func.concat(rules.UNDO, LedgerJournal.key)).exists()
    found = (
        select(LedgerJournal.key, func.sum(LedgerPosting.amount))
        .join(LedgerPosting, LedgerPosting.journal_id == LedgerJournal.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerJournal.kind == kind, LedgerAccount.kind == account_kind, ~undone)
        .group_by(LedgerJournal.key)
    )
    if since is not None:
        found = found.where(LedgerJournal.posted_at >= since)
    return {rules.first_key(key): int(amount) for key, amount in session.execute(found)}


def drift(session: Session) -> list[tuple[LedgerAccount, int, int]]:
    """Return (account, kept balance, derived balance) wherever the two differ. Base units, signed."""
    derived = (
        select(LedgerPosting.account_id, func.sum(LedgerPosting.amount).label("amount"))
        .group_by(LedgerPosting.account_id)
        .subquery()
    )
    found = (
        select(LedgerAccount, func.coalesce(LedgerBalance.amount, 0), func.coalesce(derived.c.amount, 0))
        .outerjoin(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .outerjoin(derived, derived.c.account_id == LedgerAccount.id)
        .where(func.coalesce(LedgerBalance.amount, 0) != func.coalesce(derived.c.amount, 0))
    )
    return [(row, int(kept), int(counted)) for row, kept, counted in session.execute(found)]
