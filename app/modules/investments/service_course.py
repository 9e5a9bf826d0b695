"""After the pledge: who pays, what the chain says of it, and the ways out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.config import Settings
from app.core import jobs, outbox
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.deals import service as deals
from app.modules.deals.errors import NotOpen
from app.modules.escrow import service as escrow
from app.modules.escrow.errors import AlreadyPaid
from app.modules.escrow.service import Escrow, PreparedTransaction
from app.modules.investments import queries, rules
from app.modules.investments.errors import NotPossibleNow, PayerFixed
from app.modules.investments.events import (
    InvestmentCompleted,
    InvestmentEnded,
    InvestmentHeld,
    InvestmentRefunded,
)
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.rules import Status, Verb


def set_payer(
    session: Session, *, actor: Actor, investment_id: UUID, address: str, now: datetime
) -> list[PreparedTransaction]:
    """Say which address will pay; return what its wallet has to sign, in this order.

    Raises UnknownInvestment, Forbidden, NotPossibleNow (not waiting for payment), PayerFixed, InvalidAddress, and
    NotOpen where the deal takes no money any more.
    """
    investment = _own(session, actor, investment_id, waiting_for_payment=True)
    if deals.for_investment(session, investment.deal_id).status not in rules.DEALS_PAID_FOR:
        raise NotOpen
    if (investment.payer or "").lower() != address.lower() and _is_on_its_way(session, investment):
        raise PayerFixed
    try:
        expected = escrow.expect(
            session,
            investment_id=investment.id,
            deal_id=investment.deal_id,
            user_id=investment.user_id,
            payer=address,
            asset=investment.asset,
            amount=investment.amount,
            now=now,
        )
    except AlreadyPaid:
        raise NotPossibleNow from None
    investment.payer, investment.changed_at = expected.payer, now
    session.flush()
    return escrow.payment(session, expected)


def tell_sent(session: Session, *, actor: Actor, investment_id: UUID, tx_hash: str, now: datetime) -> Investment:
    """Note the hash that a browser says it has sent: a hint that keeps the room longer, and no proof of anything."""
    investment = _own(session, actor, investment_id)
    if investment.status == Status.PLEDGED and investment.sent_hash is None:
        investment.sent_hash, investment.changed_at = tx_hash, now
        investment.pay_by = max(investment.pay_by or now, now + rules.SENT_GRACE)
        session.flush()
    return investment


def pay_with_demo_wallet(
    session: Session, *, actor: Actor, investment_id: UUID, settings: Settings, now: datetime
) -> Investment:
    """Let the person's demo wallet pay; a task does it. On the local chain only. Raises as set_payer, OnlyLocally."""
    address = chain.demo_address(actor.require_id(), settings)
    set_payer(session, actor=actor, investment_id=investment_id, address=address, now=now)
    escrow.pay_with_demo_wallet(session, actor=actor, investment_id=investment_id, settings=settings, now=now)
    return queries.get(session, investment_id)


def take_back(session: Session, *, actor: Actor, investment_id: UUID, settings: Settings, now: datetime) -> Escrow:
    """Let the demo wallet take undecided money back. Raises UnknownInvestment, Forbidden, TooEarly, OnlyLocally."""
    _own(session, actor, investment_id)
    return escrow.refund_with_demo_wallet(session, actor=actor, investment_id=investment_id, settings=settings, now=now)


def renew(session: Session, *, actor: Actor, investment_id: UUID, now: datetime) -> Investment:
    """Keep the room of an unpaid pledge for another half hour, within a day of the pledge. Raises NotPossibleNow."""
    investment = _own(session, actor, investment_id, waiting_for_payment=True)
    assert investment.pledged_at is not None
    assert investment.pay_by is not None
    investment.pay_by = max(investment.pay_by, rules.renewed(investment.pledged_at, now))
    investment.changed_at = now
    session.flush()
    return investment


def cancel(session: Session, *, actor: Actor, investment_id: UUID, now: datetime) -> Investment:
    """End an unpaid investment and free its room. Raises NotPossibleNow once money may be on its way."""
    investment = _own(session, actor, investment_id)
    if investment.status == Status.PLEDGED and _is_on_its_way(session, investment):
        raise PayerFixed
    before = investment.status
    _end(session, investment, Verb.CANCEL, now=now)
    audit.record(
        session,
        actor=actor,
        action="investment.cancelled",
        subject_kind="investment",
        subject_id=investment.id,
        before={"status": before},
        after={"status": investment.status},
        now=now,
    )
    return investment


def expire(session: Session, *, investment_id: UUID, now: datetime) -> Investment:
    """End an unpaid pledge whose time is over; one that got more time, or money, is left alone."""
    investment = queries.get(session, investment_id, lock=True)
    if investment.status != Status.PLEDGED or investment.pay_by is None:
        return investment
    if escrow.is_paying(session, investment_id):  # the chain is slow or away: the deposit comes, or its refusal
        investment.pay_by = max(investment.pay_by, now + rules.RESERVED_FOR)
    if investment.pay_by > now:
        jobs.later(session, "investments.expire", run_at=investment.pay_by, investment_id=str(investment.id))
        return investment
    try:
        _end(session, investment, Verb.EXPIRE, now=now)
    except NotPossibleNow:  # the deposit was seen at this moment: its handler will say so
        return investment
    return investment


def _end(session: Session, investment: Investment, verb: Verb, *, now: datetime) -> None:
    """Leave a draft or a pledge for good; what was reserved becomes free."""
    status = rules.after(investment.status, verb)
    try:
        escrow.forget(session, investment_id=investment.id, now=now)
    except AlreadyPaid:
        raise NotPossibleNow from None
    if investment.status == Status.PLEDGED:
        deals.unreserve(session, deal_id=investment.deal_id, amount=investment.amount)
    investment.status, investment.ended_at, investment.changed_at = status.value, now, now
    session.flush()
    outbox.record(session, InvestmentEnded(**_subject(investment)))


def arrived(session: Session, *, investment_id: UUID, now: datetime) -> Investment:
    """Note that the deposit was seen at the head of the chain. A later state is left as it is."""
    investment = queries.get(session, investment_id, lock=True)
    if investment.status == Status.PLEDGED:
        _move(session, investment, Verb.SEE, now)
    return investment


def lose(session: Session, *, investment_id: UUID, now: datetime) -> Investment:
    """Note that the chain undid the deposit: the investment waits for payment again."""
    investment = queries.get(session, investment_id, lock=True)
    if investment.status == Status.ARRIVING:
        _move(session, investment, Verb.LOSE, now)
        investment.sent_hash = None
        investment.pay_by = now + rules.RESERVED_FOR
        jobs.later(session, "investments.expire", run_at=investment.pay_by, investment_id=str(investment.id))
        session.flush()
    return investment


def hold(session: Session, *, investment_id: UUID, now: datetime) -> Investment:
    """Note that the deposit is final: what was reserved in the deal is raised."""
    investment = queries.get(session, investment_id, lock=True)
    if investment.status not in (Status.PLEDGED, Status.ARRIVING):
        return investment
    deals.book(session, deal_id=investment.deal_id, amount=investment.amount, investor_id=investment.user_id)
    investment.held_at = now
    _move(session, investment, Verb.HOLD, now)
    outbox.record(session, InvestmentHeld(**_subject(investment)))
    return investment


def complete(
    session: Session, *, investment_id: UUID, tokens: int, fee: int, now: datetime, reduced: int = 0
) -> Investment:
    """Note that escrow went to the deal; `tokens` and `fee` are base units as the contract announced them.

    `reduced` is what of the amount wasn't accepted and went back: the investment is of the rest.
    """
    investment = queries.get(session, investment_id, lock=True)
    if investment.status == Status.COMPLETED:
        return investment
    if reduced:
        deals.unbook(session, deal_id=investment.deal_id, amount=reduced, investor_id=investment.user_id)
        investment.amount -= reduced
    investment.tokens, investment.fee, investment.completed_at = tokens, fee, now
    _move(session, investment, Verb.COMPLETE, now)
    outbox.record(session, InvestmentCompleted(**_subject(investment), tokens=tokens))
    return investment


def refund(session: Session, *, investment_id: UUID, now: datetime) -> Investment:
    """Note that the money went back to the payer: it isn't raised any more."""
    investment = queries.get(session, investment_id, lock=True)
    if investment.status == Status.REFUNDED:
        return investment
    investment.refunded_at = now
    _move(session, investment, Verb.REFUND, now)
    deals.unbook(session, deal_id=investment.deal_id, amount=investment.amount, investor_id=investment.user_id)
    outbox.record(session, InvestmentRefunded(**_subject(investment)))
    return investment


def _move(session: Session, investment: Investment, verb: Verb, now: datetime) -> None:
    investment.status, investment.changed_at = rules.after(investment.status, verb).value, now
    session.flush()


def _own(session: Session, actor: Actor, investment_id: UUID, *, waiting_for_payment: bool = False) -> Investment:
    investment = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, Perm.ACT, investment)
    if waiting_for_payment and investment.status != Status.PLEDGED:
        raise NotPossibleNow
    return investment


def _is_on_its_way(session: Session, investment: Investment) -> bool:
    return bool(investment.sent_hash) or escrow.is_paying(session, investment.id)


def _subject(investment: Investment) -> dict[str, UUID]:
    return {"investment_id": investment.id, "deal_id": investment.deal_id, "user_id": investment.user_id}
