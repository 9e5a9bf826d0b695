"""What becomes of intents whose work another one's transaction does: they stand where their carrier stands.

A carrier that ends without effect lets them go, each in a transaction of its own: one of them may be the reason.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.core import jobs, outbox
from app.modules.chain.events import TransactionFinal
from app.modules.chain.models import ChainIntent
from app.modules.chain.rules import RELEASES, WITHOUT_EFFECT


def is_carried() -> ColumnElement[bool]:
    """Return the condition that an intent goes in another one's transaction."""
    return and_(ChainIntent.carried_by.is_not(None), ~ChainIntent.alone)


def members(session: Session, carrier_id: UUID) -> list[ChainIntent]:
    """Return what an intent carries, or carried until it ended without effect, in the order of its call."""
    found = select(ChainIntent).where(ChainIntent.carried_by == carrier_id)
    return list(session.scalars(found.order_by(ChainIntent.created_at, ChainIntent.id)))


def share(session: Session, carrier: ChainIntent, now: datetime) -> None:
    """Bring what `carrier`, a locked intent, carries to where it stands, in the transaction that brought it there.

    What it cost stays with the carrier. Each member's success is told as if it had gone alone.
    """
    if carrier.kind != RELEASES:
        return
    session.flush()
    carried = select(ChainIntent).where(ChainIntent.carried_by == carrier.id, is_carried()).order_by(ChainIntent.id)
    for member in session.scalars(carried.with_for_update().execution_options(populate_existing=True)).all():
        if carrier.state in WITHOUT_EFFECT:
            _let_go(session, member, now)
        elif _place(member) != _place(carrier):
            _follow(session, member, carrier, now)
    session.flush()


def _follow(session: Session, member: ChainIntent, carrier: ChainIntent, now: datetime) -> None:
    is_news = carrier.state == "final" and member.state != "final"
    member.state, member.tx_hash, member.updated_at = carrier.state, carrier.tx_hash, now
    member.block_number, member.block_hash = carrier.block_number, carrier.block_hash
    member.succeeded, member.error = carrier.succeeded, ""
    if is_news:
        done = TransactionFinal(
            intent_id=member.id, kind=member.kind, subject_id=member.subject_id, tx_hash=member.tx_hash
        )
        outbox.record(session, done)


def _let_go(session: Session, member: ChainIntent, now: datetime) -> None:
    member.state, member.alone, member.updated_at = "prepared", True, now
    member.tx_hash, member.block_number, member.block_hash, member.succeeded = "", None, "", None
    jobs.later(session, "chain.push", intent_id=str(member.id))


def _place(intent: ChainIntent) -> tuple[object, ...]:
    return intent.state, intent.tx_hash, intent.block_number, intent.block_hash, intent.succeeded
