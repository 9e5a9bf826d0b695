"""Reads about a tenant's contracts: what the last look told, what made them, and the escrows that they opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.modules.chain.models import ChainContract, ChainIntent, ChainLog
from app.modules.chain.models_contracts import ChainSnapshot
from app.modules.chain.models_following import ChainVerification
from tenants import context

MAKING = ("deal.token", "deal.sale")
ENDS = ("EscrowReleased", "EscrowRefunded")


@dataclass(frozen=True)
class Counted:
    """How many escrows a tenant's factory opened, and how many of them still hold money."""

    opened: int
    holding: int


def snapshot(session: Session, chain_id: int, *, lock: bool = False) -> ChainSnapshot | None:
    """Return what the last look at the tenant's contracts told, or None before the first."""
    key = (context.tenant_id(), chain_id)
    return session.get(ChainSnapshot, key, with_for_update=True if lock else None, populate_existing=lock)


def of_deals(session: Session, chain_id: int) -> list[ChainContract]:
    """Return the tokens and sales on a chain, deal by deal in the order of their making."""
    found = select(ChainContract).where(ChainContract.chain_id == chain_id, ChainContract.kind != "factory")
    return list(session.scalars(found.order_by(ChainContract.created_at, ChainContract.kind.desc(), ChainContract.id)))


def newest(session: Session, chain_id: int) -> datetime:
    """Return when the tenant got its last contract."""
    found = select(func.max(ChainContract.created_at)).where(ChainContract.chain_id == chain_id)
    return session.scalars(found).one() or datetime.min.replace(tzinfo=UTC)


def makings(session: Session, chain_id: int) -> list[ChainIntent]:
    """Return the transactions that made tokens and sales."""
    found = select(ChainIntent).where(
        ChainIntent.chain_id == chain_id, ChainIntent.kind.in_(MAKING), ChainIntent.succeeded.is_(True)
    )
    return list(session.scalars(found.order_by(ChainIntent.created_at)))


def escrows(session: Session, chain_id: int) -> Counted:
    """Return how many escrows were opened, as far as their blocks are final."""
    final = (ChainLog.chain_id == chain_id, ChainLog.state == "final")
    ended = select(ChainLog.subject_id).where(*final, ChainLog.name.in_(ENDS))
    opened = select(func.count(), func.count().filter(ChainLog.subject_id.not_in(ended)))
    return Counted(*session.execute(opened.select_from(ChainLog).where(*final, ChainLog.name == "EscrowOpened")).one())


def intents(session: Session, found: Iterable[UUID]) -> list[ChainIntent]:
    """Return these intents."""
    return list(session.scalars(select(ChainIntent).where(ChainIntent.id.in_(list(found)))))


def verifications(session: Session, chain_id: int) -> list[ChainVerification]:
    """Return which sources explorers were given (a platform session)."""
    found = select(ChainVerification).where(ChainVerification.chain_id == chain_id)
    return list(session.scalars(found.order_by(ChainVerification.contract, ChainVerification.explorer)))
