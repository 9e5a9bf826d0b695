"""What operators do about a transaction: look what a bump or a cancellation would mean, and ask for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.chain import queries, rules
from app.modules.chain.errors import NothingLeftToRaise, NotUnderWay
from app.modules.chain.models import ChainAttempt, ChainIntent, ChainTransaction
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.rules import Offer
from app.modules.chain.service_intents import refuse


@dataclass(frozen=True)
class Preview:
    """What a bump or cancellation would do. Costs in wei are the most that the whole may cost, value left out."""

    intent: ChainIntent
    nonce: int | None
    old: Offer | None
    new: Offer | None
    old_cost: int
    new_cost: int


def ask_signature(
    session: Session, transaction: ChainTransaction, *, purpose: str, gas: int, offer: Offer, now: datetime
) -> ChainAttempt:
    """Ask the signer for bytes at this nonce. It looks for what is asked by itself, and sooner when woken."""
    attempt = ChainAttempt(
        transaction_id=transaction.id,
        purpose=purpose,
        state="asked",
        gas=gas,
        max_fee=offer.max_fee,
        priority_fee=offer.priority_fee,
        asked_at=now,
    )
    session.add(attempt)
    session.flush()
    return attempt


def preview_bump(session: Session, intent_id: UUID) -> Preview:
    """Return what offering more would mean. Raises NotUnderWay, NothingLeftToRaise."""
    return _preview(session, queries.intent(session, intent_id), cancel=False)


def preview_cancel(session: Session, intent_id: UUID) -> Preview:
    """Return what cancelling would mean: without a nonce it costs nothing. Raises NotUnderWay, NothingLeftToRaise."""
    return _preview(session, queries.intent(session, intent_id), cancel=True)


def choices(session: Session, *, actor: Actor, intent_id: UUID) -> tuple[bool, bool]:
    """Return whether this person can offer more for a transaction now, and whether they can cancel it."""
    may = POLICY.allows(actor, ChainPermission.STEER)
    intent = queries.intent(session, intent_id)
    return may and _is_possible(session, intent, cancel=False), may and _is_possible(session, intent, cancel=True)


def bump(session: Session, *, actor: Actor, intent_id: UUID, now: datetime) -> Preview:
    """Offer more for a transaction that waits; at most one of its attempts can be in a block.

    Raises Forbidden, NotUnderWay, NothingLeftToRaise.
    """
    POLICY.must(actor, ChainPermission.STEER)
    intent = queries.intent(session, intent_id, lock=True)
    planned = _preview(session, intent, cancel=False)
    transaction, newest = queries.transaction(session, intent_id), queries.attempts(session, intent_id)[0]
    assert transaction is not None
    assert planned.new is not None
    ask_signature(session, transaction, purpose=newest.purpose, gas=newest.gas, offer=planned.new, now=now)
    _note(session, actor, intent, "transaction.bumped", planned, now)
    jobs.later(session, "chain.push", intent_id=str(intent_id))
    return planned


def cancel(session: Session, *, actor: Actor, intent_id: UUID, now: datetime) -> Preview:
    """End a transaction without effect: at once where nothing was signed, else by an empty one in its place.

    The empty one may come too late; then the intent ends as it would have. Raises Forbidden, NotUnderWay,
    NothingLeftToRaise.
    """
    POLICY.must(actor, ChainPermission.STEER)
    intent = queries.intent(session, intent_id, lock=True)
    planned = _preview(session, intent, cancel=True)
    transaction = queries.transaction(session, intent_id)
    intent.cancel_asked_at, intent.updated_at = now, now
    if transaction is None:
        refuse(session, intent, state="cancelled", error="cancelled", now=now)
    elif planned.new is None:
        _withdraw(session, intent_id)
    else:
        ask_signature(session, transaction, purpose="filler", gas=rules.FILLER_GAS, offer=planned.new, now=now)
    _note(session, actor, intent, "transaction.cancelled", planned, now)
    jobs.later(session, "chain.push", intent_id=str(intent_id))
    return planned


def _is_possible(session: Session, intent: ChainIntent, *, cancel: bool) -> bool:
    try:
        _preview(session, intent, cancel=cancel)
    except (NotUnderWay, NothingLeftToRaise):
        return False
    return True


def _preview(session: Session, intent: ChainIntent, *, cancel: bool) -> Preview:
    transaction = queries.transaction(session, intent.id)
    attempts = queries.attempts(session, intent.id) if transaction else []
    attempts = [one for one in attempts if transaction and one.transaction_id == transaction.id]
    signed = [one for one in attempts if one.raw is not None]
    settled = intent.state in rules.IN_A_BLOCK or intent.state in rules.ENDED
    if settled or intent.cancel_asked_at is not None or intent.is_carried:
        raise NotUnderWay
    if not signed:
        if not cancel:
            raise NotUnderWay
        nonce = transaction.nonce if transaction else None
        return Preview(intent, nonce, None, None, 0, 0)
    assert transaction is not None
    if any(one.state == "asked" for one in attempts):
        raise NotUnderWay
    newest, first = signed[0], signed[-1]
    old, begun = Offer(newest.max_fee, newest.priority_fee), Offer(first.max_fee, first.priority_fee)
    new = rules.raised(old, first=begun, going=None, kind=intent.kind)
    if new is None:
        raise NothingLeftToRaise
    gas = rules.FILLER_GAS if cancel else newest.gas
    return Preview(intent, transaction.nonce, old, new, newest.gas * old.max_fee, gas * new.max_fee)


def _withdraw(session: Session, intent_id: UUID) -> None:
    """Take back what the signer hasn't signed yet; it signs nothing that isn't `asked`."""
    for attempt in queries.attempts(session, intent_id):
        session.refresh(attempt, with_for_update=True)
        if attempt.state == "asked":
            attempt.state, attempt.reason = "refused", "cancelled"
    session.flush()


def _note(session: Session, actor: Actor, intent: ChainIntent, action: str, planned: Preview, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="transaction",
        subject_id=intent.id,
        before={"max_fee": str(planned.old.max_fee)} if planned.old else {},
        after={"kind": intent.kind, "max_fee": str(planned.new.max_fee) if planned.new else ""},
        now=now,
    )
