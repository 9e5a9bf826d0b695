"""When the chain loses final blocks, and people accept that: the investment stands where its escrow stands again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import jobs, outbox, permissions
from app.modules.audit import service as audit
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.escrow.service import Escrow
from app.modules.investments import queries, rules
from app.modules.investments.events import InvestmentEnded
from app.modules.investments.models import Investment
from app.modules.investments.rules import Status
from tenants import context


def follow_back(session: Session, *, investment_id: UUID, now: datetime) -> Investment | None:
    """Put an investment back to where its escrow stands; return it, or None where nothing had to change.

    One whose payment is lost waits for it again for a day, or is cancelled where the deal takes no money any more or
    the investor has begun another. Raises UnknownInvestment; AlreadyPaid, and is tried again, where the payment of a
    cancelled one is just arriving once more.
    """
    investment, kept = queries.get(session, investment_id, lock=True), escrow.of_investment(session, investment_id)
    if kept is None:
        return None
    before, status = Status(investment.status), rules.where_escrow_is(kept.status)
    if status is None or not rules.is_before(status, before):
        return None
    _uncount(session, investment, before, kept)
    if status in (Status.HELD, Status.COMPLETED):
        _count(session, investment)
    elif not _waits(session, investment, now):
        status = Status.CANCELLED
    _stand(session, investment, status, now)
    audit.record(
        session, actor=permissions.system(context.tenant_id()), action="investment.taken-back",
        subject_kind="investment", subject_id=investment.id, before={"status": before}, after={"status": status},
        now=now,
    )  # fmt: skip
    return investment


def _uncount(session: Session, investment: Investment, before: Status, kept: Escrow) -> None:
    """Take what the deal counts of it off; the whole amount that was paid is what it is about again."""
    if before in (Status.HELD, Status.COMPLETED):
        deals.unbook(session, deal_id=investment.deal_id, amount=investment.amount, investor_id=investment.user_id)
    investment.amount = kept.accepted


def _count(session: Session, investment: Investment) -> None:
    deals.count_again(session, deal_id=investment.deal_id, amount=investment.amount, investor_id=investment.user_id)


def _waits(session: Session, investment: Investment, now: datetime) -> bool:
    """Let a payment that is lost be waited for again, where that makes sense; tell whether it does."""
    open_one = queries.open_order(session, user_id=investment.user_id, deal_id=investment.deal_id)
    takes = deals.for_investment(session, investment.deal_id).status in rules.DEALS_PAID_FOR
    if open_one is not None or not takes:
        escrow.forget(session, investment_id=investment.id, now=now)
        ended = InvestmentEnded(investment_id=investment.id, deal_id=investment.deal_id, user_id=investment.user_id)
        outbox.record(session, ended)
        return False
    deals.reserve_again(session, deal_id=investment.deal_id, amount=investment.amount)
    return True


def _stand(session: Session, investment: Investment, status: Status, now: datetime) -> None:
    session.execute(select(func.set_config("app.lost_block", "yes", True)))  # the only way back: see migration 0030
    investment.status, investment.changed_at, investment.refunded_at = status.value, now, None
    if status is not Status.COMPLETED:
        investment.completed_at, investment.fee = None, 0
    if status in (Status.PLEDGED, Status.ARRIVING, Status.CANCELLED):
        investment.held_at, investment.sent_hash = None, None
    if status is Status.CANCELLED:
        investment.ended_at = now
    if status is Status.PLEDGED:
        investment.pay_by = now + rules.RENEWABLE_FOR
        jobs.later(session, "investments.expire", run_at=investment.pay_by, investment_id=str(investment.id))
    session.flush()
    session.execute(select(func.set_config("app.lost_block", "", True)))
