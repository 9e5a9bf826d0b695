"""When the chain turns out to be another one than was followed: back to the block that both have.

Nothing is credited before finality, so an ordinary reorganisation has no effect to take back. Where final blocks are
lost, nothing moves and nothing is sent until a person has looked: either the nodes come back, or the new branch is
accepted. Then what was booked because of lost blocks is undone by journals of its own.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.integrations.chain.port import Block, Chain
from app.modules.chain import queries as queries_all
from app.modules.chain import queries_following as queries
from app.modules.chain import service_fees, tasks_signing
from app.modules.chain import service_following as service
from app.modules.chain.events import LogLost, LogUndone
from app.modules.chain.models import ChainBlock, ChainIntent, ChainLog, ChainNetwork
from app.modules.chain.models_following import ChainReorg
from app.modules.ledger import service as ledger
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.chain")

LOST = "the node lost blocks that were final"


@dataclass(frozen=True)
class Position:
    """Where following stands: the last followed block and the newest final one."""

    number: int
    hash: str
    final: int


def halt(chain_id: int, trouble: str, now: datetime) -> bool:
    """Stop following until an operator has looked; returns False: nothing moved."""
    with platform_session() as session:
        row = session.get_one(ChainNetwork, chain_id)
        row.trouble, row.followed_at = trouble, now
        kind = "deep-reorg" if trouble == LOST else "halted"
        if kind == "halted" and service.raise_alarm(session, chain_id=chain_id, kind=kind, details={}, now=now):
            log.error("chain %s is not followed: %s", chain_id, trouble)
    return False


def common(chain: Chain, at: Position, chain_id: int) -> Position | None:
    """Return the newest followed block that the nodes still have; None if that lies below what was final."""
    found = chain.block(at.number)
    if found is not None and found.hash == at.hash:
        return at
    return _fork(chain, at, chain_id, lowest=at.final)


def lost_final_blocks(chain: Chain, at: Position, chain_id: int, head: Block, now: datetime) -> Position | None:
    """Alarm and freeze; once a person accepted the new branch, go back to the fork and return where that is."""
    details = {"followed": at.number, "final": at.final, "node": head.number}
    with platform_session() as session:
        if service.raise_alarm(session, chain_id=chain_id, kind="deep-reorg", details=details, now=now):
            log.error("chain %s lost final blocks: nothing is sent or credited until somebody has looked", chain_id)
        alarm = queries.alarm(session, chain_id, "deep-reorg")
        accepted = alarm is not None and alarm.accepted
    fork = _fork(chain, at, chain_id, lowest=0) if accepted else None
    if fork is None:
        halt(chain_id, LOST, now)
        return None
    undo(chain_id, at, fork, states=("seen", "final"), now=now)
    return Position(fork.number, fork.hash, fork.number)


def undo(chain_id: int, before: Position, at: Position, *, states: tuple[str, ...], now: datetime) -> None:
    """Take back what was seen above `at`, move the cursor there, and note the lost branch."""
    with platform_session() as session:
        tenants = queries.tenants_above(session, chain_id, number=at.number, states=states)
    undone = 0
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            undone += _undo_logs(session, chain_id, at.number, states)
            if "final" in states:
                _reopen(session, chain_id, at.number, now)
    with platform_session() as session:
        session.execute(delete(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number > at.number))
        row = session.get_one(ChainNetwork, chain_id)
        row.head_number, row.head_hash = at.number, at.hash
        row.final_number = min(row.final_number, at.number)
        session.add(
            ChainReorg(
                chain_id=chain_id,
                seen_at=now,
                old_number=before.number,
                old_hash=before.hash,
                fork_number=at.number,
                logs_undone=undone,
                below_final="final" in states,
            )
        )


def _fork(chain: Chain, at: Position, chain_id: int, *, lowest: int) -> Position | None:
    with platform_session() as session:
        kept = queries.kept_below(session, chain_id, at.number)
    for block in kept:
        if block.number < lowest:
            return None
        found = chain.block(block.number)
        if found is not None and found.hash == block.hash:
            return Position(block.number, block.hash, at.final)
    return None


def _undo_logs(session: Session, chain_id: int, number: int, states: tuple[str, ...]) -> int:
    above = select(ChainLog).where(
        ChainLog.chain_id == chain_id, ChainLog.state.in_(states), ChainLog.block_number > number
    )
    newest_first = above.order_by(ChainLog.block_number.desc(), ChainLog.log_index.desc())
    lost = session.scalars(newest_first.with_for_update()).all()
    for one in lost:
        kind = LogLost if one.state == "final" else LogUndone
        one.state = "undone"
        outbox.record(session, kind(log_id=one.id, name=one.name, subject_id=one.subject_id))
    return len(lost)


def _reopen(session: Session, chain_id: int, number: int, now: datetime) -> None:
    """Put transactions of lost blocks on their way again: the same bytes, at the same nonce. Booked fees are undone."""
    settled = select(ChainIntent).where(
        ChainIntent.chain_id == chain_id, ChainIntent.block_number > number, ChainIntent.tx_hash != ""
    )
    for intent in session.scalars(settled).all():
        intent.state, intent.block_number, intent.block_hash, intent.updated_at = "broadcast", None, "", now
        intent.succeeded, intent.gas_used, intent.gas_price = None, None, None
        for attempt in tasks_signing.live_attempts(session, intent.id):
            if attempt.state in ("mined", "final", "replaced"):
                attempt.state = "sent"
            attempt.sent_at = None
        transaction = queries_all.transaction(session, intent.id)
        if transaction is not None and transaction.state == "done":
            transaction.state = "unconfirmed"
        ledger.undo(session, cause=service_fees.cause(intent.id), now=now)
