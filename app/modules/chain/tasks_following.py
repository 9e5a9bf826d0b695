"""Following the chain: what contracts of tenants announced, seen at the head, certain at finality.

The cursor keeps the hashes of the newest blocks. A parent that doesn't match means that the node is on another branch:
logs of the lost blocks are undone and the new branch is read. Nothing is credited before finality, so there is no
effect to take back. Blocks are marked as followed after their logs are kept, so a crash reads them again, and the key
(chain, block hash, index) makes that harmless.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.integrations.chain import abi
from app.integrations.chain.contracts import TenantFactory
from app.integrations.chain.port import Block, Chain, ChainUnavailable, Log
from app.modules.chain import queries
from app.modules.chain.events import LogFinal, LogSeen, LogUndone
from app.modules.chain.models import ChainBlock, ChainLog, ChainNetwork
from tenants import context, ids
from tenants.session import platform_session, tenant_session

SPAN = 500  # blocks asked for at once
KEEP = 256  # blocks whose hashes are kept below the final one
FOLLOWED = frozenset(
    {
        "TokenCreated",
        "SaleCreated",
        "SaleConfigured",
        "SaleActivated",
        "SaleFinalised",
        "SaleFailed",
        "EscrowOpened",
        "EscrowReleased",
        "EscrowRefunded",
        "RefundRequested",
        "PurchaseReturned",
    }
)


@dataclass(frozen=True)
class Position:
    """Where following stands: the last followed block and the newest final one."""

    number: int
    hash: str
    final: int


def follow_once(chain: Chain, chain_id: int, *, now: Callable[[], datetime]) -> bool:
    """Read what is new on the chain; True when there was something. Raises ChainUnavailable.

    Does nothing before the platform was installed. A chain that lost final blocks, or is another one, is not
    followed: the reason stands in the network's row, for operators to see.
    """
    with platform_session() as session:
        row = session.get(ChainNetwork, chain_id)
    if row is None:
        return False
    # In this order: the final block isn't above the head, and whatever the head holds was made by a known factory.
    final, head, genesis = chain.block("finalized"), chain.block("latest"), chain.block(0)
    if head is None or final is None or genesis is None:
        raise ChainUnavailable("The node has no blocks.")
    with platform_session() as session:
        watched = queries.watched(session, chain_id)
    if genesis.hash != row.genesis_hash:
        return _halt(chain_id, "the node follows another chain than the one known here: it was reset", now())
    at = _common(chain, Position(row.head_number, row.head_hash, row.final_number), chain_id)
    if at is None:
        return _halt(chain_id, "the node lost blocks that were final", now())
    if at.number < row.head_number:
        _undo(chain_id, at)
    moved = at.hash != head.hash
    while at.hash != head.hash:
        at = _read(chain, chain_id, at, head, watched, now())
    if final.number >= row.start_number:
        _finalise(chain_id, final, now())
    return moved


def _halt(chain_id: int, trouble: str, now: datetime) -> bool:
    with platform_session() as session:
        row = session.get_one(ChainNetwork, chain_id)
        row.trouble, row.followed_at = trouble, now
    return False


def _common(chain: Chain, at: Position, chain_id: int) -> Position | None:
    """Return the newest followed block that the node still has; None if that lies below what was final."""
    found = chain.block(at.number)
    if found is not None and found.hash == at.hash:
        return at
    with platform_session() as session:
        kept = session.scalars(
            select(ChainBlock)
            .where(ChainBlock.chain_id == chain_id, ChainBlock.number < at.number)
            .order_by(ChainBlock.number.desc())
        ).all()
    for block in kept:
        if block.number < at.final:
            return None
        found = chain.block(block.number)
        if found is not None and found.hash == block.hash:
            return Position(block.number, block.hash, at.final)
    return None


def _undo(chain_id: int, at: Position) -> None:
    """Take back what was seen above `at`, then move the cursor there."""
    with platform_session() as session:
        tenants = queries.tenants_above(session, chain_id, number=at.number)
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            lost = select(ChainLog).where(
                ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number > at.number
            )
            for log in session.scalars(lost.order_by(ChainLog.block_number, ChainLog.log_index)).all():
                log.state = "undone"
                outbox.record(session, LogUndone(log_id=log.id, name=log.name, subject_id=log.subject_id))
    with platform_session() as session:
        session.execute(delete(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number > at.number))
        row = session.get_one(ChainNetwork, chain_id)
        row.head_number, row.head_hash = at.number, at.hash


def _read(chain: Chain, chain_id: int, at: Position, head: Block, watched: dict[str, UUID], now: datetime) -> Position:
    """Read the next blocks after `at`: keep the logs of each tenant, then move the cursor."""
    last = min(head.number, at.number + SPAN)
    blocks: dict[int, Block] = {}
    parent = at.hash
    for number in range(at.number + 1, last + 1):
        block = head if number == head.number else chain.block(number)
        if block is None or block.parent_hash != parent:
            raise ChainUnavailable("the chain changed while it was read")
        blocks[number], parent = block, block.hash
    logs = chain.logs(at.number + 1, last, sorted(watched))
    if any(log.block_hash != blocks[log.block_number].hash for log in logs):
        raise ChainUnavailable("the chain changed while it was read")
    _keep(chain_id, logs, blocks, watched, now)
    with platform_session() as session:
        for block in blocks.values():
            session.merge(
                ChainBlock(
                    chain_id=chain_id,
                    number=block.number,
                    hash=block.hash,
                    parent_hash=block.parent_hash,
                    time=block.time,
                )
            )
        row = session.get_one(ChainNetwork, chain_id)
        row.head_number, row.head_hash, row.head_time = last, parent, blocks[last].time
        row.followed_at = now
    return Position(last, parent, at.final)


def _keep(
    chain_id: int, logs: Sequence[Log], blocks: dict[int, Block], watched: dict[str, UUID], now: datetime
) -> None:
    of_tenant: dict[UUID, list[Log]] = defaultdict(list)
    for log in logs:
        of_tenant[watched[log.address]].append(log)
    for tenant_id, theirs in of_tenant.items():
        with tenant_session(tenant_id) as session:
            for log in theirs:
                _note(session, chain_id, log, blocks[log.block_number], now)


def _note(session: Session, chain_id: int, log: Log, block: Block, now: datetime) -> None:
    """Keep a log once and tell that it was seen; one that was undone comes back to life with its block."""
    said = TenantFactory(log.address).read(log)
    if said is None or said.name not in FOLLOWED:
        return
    subject_id = abi.as_uuid(said.args.get("investmentId") or said.args["dealId"])
    values: dict[str, Any] = {
        "tenant_id": context.tenant_id(),
        "id": ids.new(),
        "chain_id": chain_id,
        "block_number": block.number,
        "block_hash": block.hash,
        "block_time": block.time,
        "log_index": log.index,
        "tx_hash": log.tx_hash,
        "address": log.address,
        "name": said.name,
        "subject_id": subject_id,
        "args": {key: str(value) for key, value in said.args.items()},
        "state": "seen",
        "seen_at": now,
    }
    fresh = insert(ChainLog).values(**values)
    kept = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["tenant_id", "chain_id", "block_hash", "log_index"],
            set_={"state": "seen"},
            where=ChainLog.state == "undone",
        ).returning(ChainLog.id)
    ).scalar()
    if kept is not None:
        outbox.record(session, LogSeen(log_id=kept, name=said.name, subject_id=subject_id))


def _finalise(chain_id: int, final: Block, now: datetime) -> None:
    """Mark as final what was seen in blocks that can't be lost any more, and tell it."""
    upto = final.number
    with platform_session() as session:
        followed = session.get(ChainBlock, (chain_id, upto))
        if followed is None or followed.hash != final.hash:
            raise ChainUnavailable("the chain changed while it was read")
        tenants = queries.tenants_with_seen(session, chain_id, upto=upto)
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            seen = (
                select(ChainLog)
                .where(ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number <= upto)
                .order_by(ChainLog.block_number, ChainLog.log_index)
                .with_for_update()
            )
            for log in session.scalars(seen).all():
                log.state = "final"
                outbox.record(session, LogFinal(log_id=log.id, name=log.name, subject_id=log.subject_id))
    with platform_session() as session:
        row = session.get_one(ChainNetwork, chain_id)
        row.final_number, row.followed_at, row.trouble = max(row.final_number, upto), now, ""
        below = max(row.final_number - KEEP, 0)
        session.execute(delete(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number < below))
