"""Reads of budgets for network fees and of what was carried."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.modules.chain.models import ChainInstallation, ChainIntent
from app.modules.chain.models_sponsoring import GasBudget, Sponsoring
from app.modules.chain.rules import OPEN, WITHOUT_EFFECT
from tenants import context
from tenants.session import platform_session

_OF_INTENT = (Sponsoring.tenant_id == ChainIntent.tenant_id) & (Sponsoring.intent_id == ChainIntent.id)


def budget(session: Session, chain_id: int, *, lock: bool = False) -> GasBudget | None:
    """Return the tenant's budget on a chain, or None; locked, nobody else can promise any of it meanwhile."""
    key = (context.tenant_id(), chain_id)
    return session.get(GasBudget, key, with_for_update=True if lock else None, populate_existing=True)


def tenants_with_budgets(session: Session, chain_id: int) -> list[UUID]:
    """Return tenants with a budget on a chain (a platform session)."""
    return list(session.scalars(select(GasBudget.tenant_id).where(GasBudget.chain_id == chain_id)))


def reserved(session: Session, row: GasBudget) -> int:
    """Return what is promised to requests whose cost the forwarder's count that we know doesn't have yet, in wei."""
    pending = ChainIntent.state.in_(OPEN) | (ChainIntent.updated_at >= (row.seen_at or row.begun_at))
    counts = pending & ChainIntent.state.not_in(WITHOUT_EFFECT)
    found = select(func.coalesce(func.sum(Sponsoring.reserved), 0)).join(ChainIntent, _OF_INTENT)
    return session.execute(found.where(Sponsoring.chain_id == row.chain_id, counts)).scalar_one() or 0


def lost(session: Session, row: GasBudget) -> int:
    """Return what requests cost in this period that the factory refused in their block, in wei."""
    cost = func.coalesce(func.sum(ChainIntent.gas_used * ChainIntent.gas_price), 0)
    found = select(cost).select_from(ChainIntent).join(Sponsoring, _OF_INTENT)
    refused = (ChainIntent.state == "reverted") & (ChainIntent.updated_at >= row.begun_at)
    return int(session.execute(found.where(Sponsoring.chain_id == row.chain_id, refused)).scalar_one() or 0)


def carried_since(session: Session, user_id: UUID, since: datetime) -> int:
    """Return for how many of a person's requests something was sent, or is about to be."""
    found = select(func.count()).select_from(Sponsoring).join(ChainIntent, _OF_INTENT)
    counted = (Sponsoring.user_id == user_id) & (Sponsoring.created_at > since) & (ChainIntent.state != "refused")
    return int(session.execute(found.where(counted)).scalar_one())


def is_used(session: Session, chain_id: int, payer: str, nonce: int) -> bool:
    """Tell whether a payer's request with this nonce, or a later one, was carried or is about to be."""
    found = select(Sponsoring.id).join(ChainIntent, _OF_INTENT)
    same = (Sponsoring.chain_id == chain_id) & (Sponsoring.payer == payer) & (Sponsoring.nonce >= nonce)
    return session.scalars(found.where(same, ChainIntent.state.not_in(WITHOUT_EFFECT))).first() is not None


def by_hash(session: Session, request_hash: str) -> Sponsoring | None:
    """Return the request with this hash, or None."""
    return session.scalars(select(Sponsoring).where(Sponsoring.request_hash == request_hash)).one_or_none()


def of_investment(session: Session, investment_id: UUID) -> ChainIntent | None:
    """Return the newest intent that carried, or shall carry, an investment's payment, or None."""
    found = select(ChainIntent).join(Sponsoring, _OF_INTENT).where(Sponsoring.investment_id == investment_id)
    return session.scalars(found.order_by(Sponsoring.created_at.desc(), Sponsoring.id.desc())).first()


def recent(session: Session, chain_id: int, *, most: int = 20) -> list[tuple[Sponsoring, ChainIntent]]:
    """Return what was carried or refused, the newest first."""
    found = select(Sponsoring, ChainIntent).join(ChainIntent, _OF_INTENT).where(Sponsoring.chain_id == chain_id)
    rows = session.execute(found.order_by(Sponsoring.created_at.desc(), Sponsoring.id.desc()).limit(most))
    return [(row[0], row[1]) for row in rows]


def forwarder(chain_id: int) -> str:
    """Return the forwarder's address, empty where none stands on the chain."""
    with platform_session() as session:
        row = session.get(ChainInstallation, (chain_id, "Forwarder"))
    return row.address if row is not None and row.done else ""
