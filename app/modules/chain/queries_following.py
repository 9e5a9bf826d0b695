"""Reads about how the chain is followed (platform sessions)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.modules.chain.models import ChainBlock, ChainIntent, ChainLog
from app.modules.chain.models_following import ChainAlarm, ChainEndpoint, ChainReorg, ChainVerification
from app.modules.chain.rules_alarms import FREEZING as FREEZING


def endpoints(session: Session, chain_id: int) -> list[ChainEndpoint]:
    """Return the nodes of a chain as they were last seen."""
    found = select(ChainEndpoint).where(ChainEndpoint.chain_id == chain_id)
    return list(session.scalars(found.order_by(ChainEndpoint.name)))


def reorgs(session: Session, chain_id: int, *, most: int = 50) -> list[ChainReorg]:
    """Return the newest lost branches."""
    found = select(ChainReorg).where(ChainReorg.chain_id == chain_id)
    return list(session.scalars(found.order_by(ChainReorg.seen_at.desc(), ChainReorg.id.desc()).limit(most)))


def open_alarms(session: Session, chain_id: int) -> list[ChainAlarm]:
    """Return what alarms now, the oldest first."""
    found = select(ChainAlarm).where(ChainAlarm.chain_id == chain_id, ChainAlarm.cleared_at.is_(None))
    return list(session.scalars(found.order_by(ChainAlarm.raised_at, ChainAlarm.kind)))


def past_alarms(session: Session, chain_id: int, *, most: int = 20) -> list[ChainAlarm]:
    """Return what alarmed last and is over, the newest first."""
    found = select(ChainAlarm).where(ChainAlarm.chain_id == chain_id, ChainAlarm.cleared_at.is_not(None))
    return list(session.scalars(found.order_by(ChainAlarm.cleared_at.desc()).limit(most)))


def alarm(session: Session, chain_id: int, kind: str) -> ChainAlarm | None:
    """Return the open alarm of a kind, or None."""
    found = select(ChainAlarm).where(
        ChainAlarm.chain_id == chain_id, ChainAlarm.kind == kind, ChainAlarm.cleared_at.is_(None)
    )
    return session.scalars(found).one_or_none()


def verifications(session: Session, chain_id: int) -> list[ChainVerification]:
    """Return what explorers were given, by contract."""
    found = select(ChainVerification).where(ChainVerification.chain_id == chain_id)
    return list(session.scalars(found.order_by(ChainVerification.contract, ChainVerification.explorer)))


def kept_below(session: Session, chain_id: int, number: int) -> list[ChainBlock]:
    """Return the kept blocks below `number`, the highest first."""
    found = select(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number < number)
    return list(session.scalars(found.order_by(ChainBlock.number.desc())))


def kept_between(session: Session, chain_id: int, first: int, last: int) -> dict[int, ChainBlock]:
    """Return number → kept block, from `first` to `last`."""
    found = select(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number.between(first, last))
    return {block.number: block for block in session.scalars(found)}


def tenants_above(session: Session, chain_id: int, *, number: int, states: tuple[str, ...]) -> list[UUID]:
    """Return the tenants that have logs in these states, or settled intents, in blocks above `number`."""
    logs = select(ChainLog.tenant_id).where(
        ChainLog.chain_id == chain_id, ChainLog.state.in_(states), ChainLog.block_number > number
    )
    intents = select(ChainIntent.tenant_id).where(ChainIntent.chain_id == chain_id, ChainIntent.block_number > number)
    return sorted(set(session.scalars(logs)) | set(session.scalars(intents)))
