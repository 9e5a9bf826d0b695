"""Following the chain: what contracts of tenants announced, seen at the head, certain at finality.

The cursor keeps the hashes of the newest blocks. A parent that doesn't match means that the nodes are on another
branch: logs of the lost blocks are undone and the new branch is read (tasks_following_reorgs). Before a log is called
final it is read a second time, and its transaction's receipt has to say the same. Blocks are marked as followed after
their logs are kept, so a crash reads them again, and the key (chain, block hash, index) makes that harmless.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.integrations.chain import abi
from app.integrations.chain.bloom import may_have
from app.integrations.chain.contracts import TenantFactory
from app.integrations.chain.port import Block, Chain, ChainUnavailable, Log, Receipt
from app.modules.chain import queries, queries_following
from app.modules.chain.events import LogFinal, LogSeen, LogUndone
from app.modules.chain.models import ChainBlock, ChainLog, ChainNetwork
from app.modules.chain.tasks_following_reorgs import Position, common, halt, lost_final_blocks, undo
from tenants import context, ids
from tenants.session import platform_session, tenant_session

SPAN = 500  # blocks read at once, each with its header
LONG_SPAN = 5_000  # blocks read at once where they are final already: only those with logs, and the last
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
        "EscrowReduced",
        "EscrowRefunded",
        "RefundRequested",
        "PurchaseReturned",
    }
)


class Contradiction(ChainUnavailable):
    """What was seen of a final block isn't what the nodes say of it now. Nothing is credited until they agree."""

    def __init__(self, tx_hash: str) -> None:
        super().__init__(f"the receipt of {tx_hash} doesn't have the log that was seen")
        self.tx_hash = tx_hash


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
        return halt(chain_id, "the node follows another chain than the one known here: it was reset", now())
    here = Position(row.head_number, row.head_hash, row.final_number)
    at = common(chain, here, chain_id)
    if at is None:
        at = lost_final_blocks(chain, here, chain_id, head, now())
        if at is None:
            return False
    elif at.number < row.head_number:
        undo(chain_id, here, at, states=("seen",), now=now())
    moved = at.hash != head.hash
    while at.hash != head.hash:
        at = _read(chain, chain_id, at, head, final, watched, now())
    if final.number >= row.start_number:
        _finalise(chain, chain_id, final, watched, now())
    return moved


def _read(
    chain: Chain, chain_id: int, at: Position, head: Block, final: Block, watched: dict[str, UUID], now: datetime
) -> Position:
    """Read the next blocks after `at`: keep the logs of each tenant, then move the cursor."""
    certain = final.number - at.number > SPAN
    last = min(final.number, at.number + LONG_SPAN) if certain else min(head.number, at.number + SPAN)
    logs = chain.logs(at.number + 1, last, sorted(watched))
    if certain:
        wanted = {log.block_number for log in logs} | {last}
        blocks = {number: _block(chain, number, final) for number in sorted(wanted)}
    else:
        blocks = _chained(chain, at, last, head)
        if chain.quorum()[0] == 1:
            _assert_none_left_out(chain, blocks, logs, sorted(watched))
    if any(log.block_hash != blocks[log.block_number].hash for log in logs):
        raise ChainUnavailable("the chain changed while it was read")
    _keep(chain_id, logs, blocks, watched, now)
    with platform_session() as session:
        _keep_blocks(session, chain_id, blocks.values())
        row = session.get_one(ChainNetwork, chain_id)
        row.head_number, row.head_hash, row.head_time = last, blocks[last].hash, blocks[last].time
        row.followed_at = now
    return Position(last, blocks[last].hash, at.final)


def _chained(chain: Chain, at: Position, last: int, head: Block) -> dict[int, Block]:
    """Return the blocks after `at`, each of which has to be the next one's parent."""
    upto = last - 1 if last == head.number else last
    found = chain.blocks(at.number + 1, upto) if upto > at.number else []
    if last == head.number:
        found.append(head)
    parent = at.hash
    for block in found:
        if block.parent_hash != parent:
            raise ChainUnavailable("the chain changed while it was read")
        parent = block.hash
    return {block.number: block for block in found}


def _assert_none_left_out(chain: Chain, blocks: dict[int, Block], logs: Sequence[Log], watched: Sequence[str]) -> None:
    """Where one node is all there is, look into blocks whose filter says that they may have logs it didn't name."""
    named = {(log.block_number, log.index) for log in logs}
    for block in blocks.values():
        if any(may_have(block.bloom, address) for address in watched):
            inside = chain.logs_in(block.number, watched) or []
            if any((log.block_number, log.index) not in named for log in inside):
                raise ChainUnavailable("the node left out logs that are in its blocks")


def _block(chain: Chain, number: int, final: Block) -> Block:
    block = final if number == final.number else chain.block(number)
    if block is None:
        raise ChainUnavailable("the chain changed while it was read")
    return block


def _keep_blocks(session: Session, chain_id: int, blocks: Iterable[Block]) -> None:
    rows = [
        {
            "chain_id": chain_id,
            "number": block.number,
            "hash": block.hash,
            "parent_hash": block.parent_hash,
            "time": block.time,
        }
        for block in blocks
    ]
    fresh = insert(ChainBlock).values(rows)
    changed = {name: fresh.excluded[name] for name in ("hash", "parent_hash", "time")}
    session.execute(fresh.on_conflict_do_update(index_elements=["chain_id", "number"], set_=changed))


def _keep(
    chain_id: int, logs: Sequence[Log], blocks: dict[int, Block], watched: dict[str, UUID], now: datetime
) -> None:
    of_tenant: dict[UUID, list[Log]] = defaultdict(list)
    for log in logs:
        of_tenant[watched[log.address]].append(log)
    for tenant_id, theirs in of_tenant.items():
        with tenant_session(tenant_id) as session:
            for log in theirs:
                _note(session, chain_id, log, blocks[log.block_number].time, now)


def _note(session: Session, chain_id: int, log: Log, time: datetime, now: datetime) -> None:
    """Keep a log once and tell that it was seen; one that was undone comes back to life with its block."""
    said = TenantFactory(log.address).read(log)
    if said is None or said.name not in FOLLOWED:
        return
    subject_id = abi.as_uuid(said.args.get("investmentId") or said.args["dealId"])
    values: dict[str, Any] = {
        "tenant_id": context.tenant_id(),
        "id": ids.new(),
        "chain_id": chain_id,
        "block_number": log.block_number,
        "block_hash": log.block_hash,
        "block_time": time,
        "log_index": log.index,
        "tx_hash": log.tx_hash,
        "address": log.address,
        "name": said.name,
        "subject_id": subject_id,
        "args": _args(said),
        "state": "seen",
        "seen_at": now,
    }
    fresh = insert(ChainLog).values(**values)
    said_now = {key: value for key, value in values.items() if key not in ("tenant_id", "id")}
    kept = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["tenant_id", "chain_id", "block_hash", "log_index"],
            set_=said_now,
            where=ChainLog.state == "undone",
        ).returning(ChainLog.id)
    ).scalar()
    if kept is not None:
        outbox.record(session, LogSeen(log_id=kept, name=said.name, subject_id=subject_id))


def _args(said: abi.Announcement) -> dict[str, str]:
    return {key: str(value) for key, value in said.args.items()}


def _finalise(chain: Chain, chain_id: int, final: Block, watched: dict[str, UUID], now: datetime) -> None:
    """Mark as final what was seen in blocks that can't be lost any more, and tell it."""
    upto = final.number
    with platform_session() as session:
        row = session.get_one(ChainNetwork, chain_id)
        first = max(row.final_number + 1, row.start_number + 1, upto - KEEP)
        kept = queries_following.kept_between(session, chain_id, first - 1, upto)
    if upto not in kept or kept[upto].hash != final.hash:
        raise ChainUnavailable("the chain changed while it was read")
    if row.final_number < upto:
        _read_again(chain, chain_id, first, upto, kept, watched, now)
    with platform_session() as session:
        tenants = queries.tenants_with_seen(session, chain_id, upto=upto)
    for tenant_id in tenants:
        _confirm(chain, chain_id, tenant_id, upto)
    with platform_session() as session:
        row = session.get_one(ChainNetwork, chain_id)
        row.final_number, row.followed_at, row.trouble = max(row.final_number, upto), now, ""
        below = max(row.final_number - KEEP, 0)
        session.execute(delete(ChainBlock).where(ChainBlock.chain_id == chain_id, ChainBlock.number < below))


def _read_again(
    chain: Chain,
    chain_id: int,
    first: int,
    upto: int,
    kept: dict[int, ChainBlock],
    watched: dict[str, UUID],
    now: datetime,
) -> None:
    """Read the logs of blocks that became final once more, and believe this reading.

    One that was kept from us at the head is found now; one that isn't there any more was never said.
    """
    logs = [log for log in chain.logs(first, upto, sorted(watched)) if log.block_number in kept]
    of_tenant: dict[UUID, list[Log]] = defaultdict(list)
    for log in logs:
        if log.block_hash != kept[log.block_number].hash:
            raise ChainUnavailable("the chain changed while it was read")
        of_tenant[watched[log.address]].append(log)
    with platform_session() as session:
        doubtful = queries.tenants_with_seen(session, chain_id, upto=upto)
    for tenant_id in {*of_tenant, *doubtful}:
        theirs = of_tenant[tenant_id]
        with tenant_session(tenant_id) as session:
            known = _drop_unsaid(session, chain_id, first, upto, theirs)
            for log in theirs:
                if (log.block_hash, log.index) in known:
                    continue
                _note(session, chain_id, log, kept[log.block_number].time, now)


def _drop_unsaid(session: Session, chain_id: int, first: int, upto: int, logs: Sequence[Log]) -> set[tuple[str, int]]:
    """Undo what was seen in these blocks and isn't in `logs`, word for word; return which logs are known."""
    known = set()
    there = {(log.block_hash, log.index): log for log in logs}
    seen = select(ChainLog).where(
        ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number.between(first, upto)
    )
    for row in session.scalars(seen.with_for_update()).all():
        if not _says(there.get((row.block_hash, row.log_index)), row):
            row.state = "undone"
            outbox.record(session, LogUndone(log_id=row.id, name=row.name, subject_id=row.subject_id))
        else:
            known.add((row.block_hash, row.log_index))
    session.flush()
    return known


def _confirm(chain: Chain, chain_id: int, tenant_id: UUID, upto: int) -> None:
    """Call a tenant's seen logs final, once the receipt of each one's transaction says the same."""
    seen = (
        select(ChainLog)
        .where(ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number <= upto)
        .order_by(ChainLog.block_number, ChainLog.log_index)
    )
    with tenant_session(tenant_id) as session:
        waiting = list(session.scalars(seen))
    receipts = {tx_hash: chain.receipt(tx_hash) for tx_hash in dict.fromkeys(log.tx_hash for log in waiting)}
    doubtful = [log for log in waiting if not _is_in(receipts[log.tx_hash], log)]
    confirmed = {log.id for log in waiting} - {log.id for log in doubtful}
    with tenant_session(tenant_id) as session:
        for log in session.scalars(seen.with_for_update()).all():
            if log.id in confirmed:
                log.state = "final"
                outbox.record(session, LogFinal(log_id=log.id, name=log.name, subject_id=log.subject_id))
    if doubtful:
        raise Contradiction(doubtful[0].tx_hash)


def _is_in(receipt: Receipt | None, row: ChainLog) -> bool:
    if receipt is None or not receipt.succeeded or receipt.block_hash != row.block_hash:
        return False
    return _says(next((log for log in receipt.logs if log.index == row.log_index), None), row)


def _says(log: Log | None, row: ChainLog) -> bool:
    """Tell whether a log is the one that was kept, word for word."""
    if log is None or (log.address, log.tx_hash) != (row.address, row.tx_hash):
        return False
    said = TenantFactory(log.address).read(log)
    return said is not None and said.name == row.name and _args(said) == row.args
