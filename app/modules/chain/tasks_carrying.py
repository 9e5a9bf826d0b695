"""Releases that wait for their turn go together in one transaction, the carrier's: it takes two fifths of the gas.

Who gathers holds a lock for the sender's key, so that two workers make one carrier. Nothing that ever had a nonce is
gathered, and what is gathered is locked with it; the signer looks at each again (docs/transactions.md).
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.failpoints import failpoint
from app.core.tasks import TaskContext
from app.integrations.chain import abi
from app.integrations.chain.contracts import TenantFactory
from app.modules.chain import queries, queries_signer, rules, service, service_freezes
from app.modules.chain.models import ChainIntent, ChainTransaction
from tenants import context as tenancy
from tenants import ids
from tenants.session import platform_session


def carrier(context: TaskContext, intent_id: UUID) -> UUID | None:
    """Return the intent that this one goes with, or that goes first because of it; None where it goes alone.

    A release that waits is gathered with the others that do, if there are any.
    """
    with context.session() as session:
        intent = queries.intent(session, intent_id)
    if intent.is_carried:
        return intent.carried_by
    if intent.kind != rules.RELEASE or intent.state != "prepared" or intent.alone:
        return None
    sender = context.ports.keys.address(intent.signer)
    with context.session() as session:
        gathered = _gather(session, intent, sender, context.now())
        if gathered is not None:
            failpoint("gather.uncommitted")
    if gathered is not None:
        failpoint("gather.committed")
    return gathered


def exceeds_limits(context: TaskContext, cost: int) -> bool:
    """Tell whether a transaction that costs so many wei at most could never be signed under the signer's limits."""
    with platform_session() as session:
        scopes = [queries_signer.limits(session, scope) for scope in (str(context.site.id), "whole")]
    return any(rules.exceeded(cost, hour=0, day=0, limits=limits) for limits in scopes)


def _gather(session: Session, first: ChainIntent, sender: str, now: datetime) -> UUID | None:
    """Note one intent that carries what waits now, or nothing where that is less than two or nothing may go yet."""
    key = f"gather:{tenancy.tenant_id()}:{first.chain_id}:{sender}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    if service_freezes.payout_must_wait(session, rules.RELEASES):
        return None
    if queries.in_progress(session, first.chain_id, sender) is not None:
        return None
    waiting = list(_waiting(session, first))
    if len(waiting) < 2:
        seen = queries.intent(session, first.id)
        return seen.carried_by if seen.is_carried else None  # by another worker, a moment ago
    batch = ids.new()
    made = service.intend(
        session,
        key=f"releases:{batch}",
        kind=rules.RELEASES,
        subject_id=batch,
        chain_id=first.chain_id,
        signer=first.signer,
        call=TenantFactory(first.target).release_many([investment for _, investment in waiting]),
        now=now,
    )
    for member, _ in waiting:
        member.carried_by = made.id
    session.flush()
    return made.id


def _waiting(session: Session, first: ChainIntent) -> Iterator[tuple[ChainIntent, bytes]]:
    """Yield the oldest releases that never had a nonce and wait for nothing, locked, with their investments' ids.

    Somebody who takes a nonce for one holds its lock; what was taken just before, only a later look can see.
    """
    found = select(ChainIntent).where(
        ChainIntent.kind == rules.RELEASE,
        ChainIntent.state == "prepared",
        ChainIntent.chain_id == first.chain_id,
        ChainIntent.signer == first.signer,
        ChainIntent.target == first.target,
        ChainIntent.value == 0,
        ChainIntent.after_id.is_(None),
        ChainIntent.cancel_asked_at.is_(None),
        ChainIntent.carried_by.is_(None),
    )
    oldest = found.order_by(ChainIntent.created_at, ChainIntent.id).limit(rules.MOST_TOGETHER)
    locked = oldest.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    intents = session.scalars(locked).all()
    placed = select(ChainTransaction.intent_id).where(ChainTransaction.intent_id.in_([one.id for one in intents]))
    taken, seen = set(session.scalars(placed)), set()
    for intent in intents:
        investment = _released(intent)
        if intent.id not in taken and investment is not None and investment not in seen:
            seen.add(investment)
            yield intent, investment


def _released(intent: ChainIntent) -> bytes | None:
    try:
        function, arguments = abi.called("TenantFactory", intent.data)
    except ValueError:
        return None
    return bytes.fromhex(arguments[0].removeprefix("0x")) if function == "release" else None
