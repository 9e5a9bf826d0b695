"""Reads for operators: transactions by state, those that are stuck, and one with everything that was tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.chain import queries
from app.modules.chain.errors import NoTransaction
from app.modules.chain.models import ChainAttempt, ChainIntent, ChainTransaction
from app.modules.chain.rules import ENDED, OPEN, WITHOUT_EFFECT
from app.modules.chain.service_carrying import is_carried, members
from tenants import context

LATE = timedelta(minutes=10)
FILTERS = ("open", "stuck", "failed", "final", "all")


@dataclass(frozen=True)
class Life:
    """A transaction with its places in the sender's order and every attempt, the newest first.

    `carrier` is what it goes together with others in, or went before it went alone; `members` are what it carries, or
    carried until it ended without effect; `beside` is how many go, or went, in the carrier with this one.
    """

    intent: ChainIntent
    places: dict[UUID, ChainTransaction]
    attempts: list[ChainAttempt]
    after: ChainIntent | None
    carrier: ChainIntent | None
    members: list[ChainIntent]
    beside: int


def transactions(session: Session, *, state: str, now: datetime, page: Page) -> Slice[ChainIntent]:
    """Return a tenant's transactions by one of FILTERS, the newest first."""
    wanted = _wanted(state, now)
    total = session.execute(select(func.count()).select_from(ChainIntent).where(wanted)).scalar_one()
    found = select(ChainIntent).where(wanted).order_by(ChainIntent.created_at.desc(), ChainIntent.id.desc())
    return Slice(items=session.scalars(found.limit(page.limit).offset(page.offset)).all(), total=total, page=page)


def sizes(session: Session, now: datetime) -> dict[str, int]:
    """Return how many transactions each of FILTERS has."""
    counts = [func.count().filter(_wanted(state, now)).label(state) for state in FILTERS]
    return dict(session.execute(select(*counts).select_from(ChainIntent)).one()._mapping)


def life(session: Session, intent_id: UUID) -> Life:
    """Return one transaction with its whole life. Raises NoTransaction."""
    intent = session.get(ChainIntent, (context.tenant_id(), intent_id))
    if intent is None:
        raise NoTransaction
    places = session.scalars(select(ChainTransaction).where(ChainTransaction.intent_id == intent_id))
    after = queries.intent(session, intent.after_id) if intent.after_id else None
    carrier = queries.intent(session, intent.carried_by) if intent.carried_by else None
    together = members(session, carrier.id if carrier else intent_id)
    return Life(
        intent,
        {one.id: one for one in places},
        queries.attempts(session, intent_id),
        after,
        carrier,
        [] if carrier else together,
        len(together) - 1 if carrier else 0,
    )


def stuck_everywhere(session: Session, now: datetime) -> list[ChainIntent]:
    """Return the stuck transactions of all tenants, the oldest first (a platform session)."""
    found = select(ChainIntent).where(_wanted("stuck", now)).order_by(ChainIntent.created_at).limit(50)
    return list(session.scalars(found))


def _wanted(state: str, now: datetime) -> ColumnElement[bool]:
    if state == "open":
        return ChainIntent.state.in_(OPEN)
    if state == "stuck":
        late = and_(ChainIntent.state.in_(("prepared", "signed", "broadcast")), ChainIntent.updated_at < now - LATE)
        return and_(ChainIntent.state.in_(OPEN), or_(ChainIntent.alert != "", late), ~is_carried())
    if state == "failed":
        return ChainIntent.state.in_(WITHOUT_EFFECT)
    if state == "final":
        return ChainIntent.state == "final"
    return ChainIntent.state.in_((*OPEN, *ENDED))
