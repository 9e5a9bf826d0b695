"""What escrow reports, and what follows for the investment, its deal and the people concerned."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.deals import service as deals
from app.modules.deals.events import DealSaleFailed
from app.modules.escrow.events import (
    EscrowArriving,
    EscrowHeld,
    EscrowRefunded,
    EscrowReleased,
    EscrowReturned,
    EscrowTakenBack,
    EscrowUndecided,
    EscrowVanished,
)
from app.modules.investments import service
from app.modules.investments.events import InvestmentEnded
from app.modules.investments.models import Investment
from app.modules.investments.queries import completed, get
from app.modules.notifications import service as notifications


def on_arriving(session: Session, event: EscrowArriving, *, now: datetime) -> None:
    """The deposit was seen."""
    service.arrived(session, investment_id=event.investment_id, now=now)


def on_vanished(session: Session, event: EscrowVanished, *, now: datetime) -> None:
    """The chain undid the deposit."""
    service.lose(session, investment_id=event.investment_id, now=now)


def on_taken_back(session: Session, event: EscrowTakenBack, *, now: datetime) -> None:
    """The chain lost final blocks: tell the investor, and who decides about escrows."""
    investment = service.follow_back(session, investment_id=event.investment_id, now=now)
    if investment is None:
        return
    lost = investment.status not in ("held", "completed")
    _tell_investor(session, investment, "payment-lost" if lost else "investment-reopened", now)
    for user_id in accounts.people_with_role(session, Role.COMPLIANCE_OFFICER):
        url = f"/manage/escrows/{investment.id}"
        notifications.tell(session, user_id=user_id, kind="escrow-taken-back", url=url, now=now)


def on_held(session: Session, event: EscrowHeld, *, now: datetime) -> None:
    """The deposit is final: tell the investor and the issuer."""
    investment = service.hold(session, investment_id=event.investment_id, now=now)
    _tell_investor(session, investment, "investment-held", now)
    notifications.tell(
        session,
        user_id=deals.for_investment(session, investment.deal_id).issuer_id,
        kind="investment-received",
        url=f"/issuer/deals/{investment.deal_id}/investors",
        now=now,
        deal=investment.deal_title,
    )


def on_released(session: Session, event: EscrowReleased, *, now: datetime) -> None:
    """The money went to the deal. Raises NotPossibleNow, and is tried again, where it overtook the deposit's event."""
    investment = service.complete(
        session,
        investment_id=event.investment_id,
        tokens=event.tokens,
        fee=event.fee,
        reduced=event.reduced,
        now=now,
    )
    _tell_investor(session, investment, "investment-reduced" if event.reduced else "investment-confirmed", now)


def on_refunded(session: Session, event: EscrowRefunded, *, now: datetime) -> None:
    """The money went back. Raises NotPossibleNow, and is tried again, where it overtook the deposit's event."""
    investment = service.refund(session, investment_id=event.investment_id, now=now)
    _tell_investor(session, investment, "investment-refunded", now)


def on_returned(session: Session, event: EscrowReturned, *, now: datetime) -> None:
    """A failed sale paid the investor back. Raises NotPossibleNow, and is tried again, where it overtook a release."""
    investment = service.refund(session, investment_id=event.investment_id, now=now)
    _tell_investor(session, investment, "investment-refunded", now)


def on_sale_failed(session: Session, event: DealSaleFailed, *, now: datetime) -> None:
    """The deal failed on the chain: whose money was released to it hears how to take it back."""
    for investment in completed(session, event.deal_id):
        _tell_investor(session, investment, "investment-claimable", now)


def on_undecided(session: Session, event: EscrowUndecided, *, now: datetime) -> None:
    """Fourteen days passed: the investor's own right to the money begins."""
    _tell_investor(session, get(session, event.investment_id), "investment-withdrawable", now)


def on_ended(session: Session, event: InvestmentEnded, *, now: datetime) -> None:
    """A reservation ran out or was cancelled: the investor hears of the first, and knows of the second."""
    investment = get(session, event.investment_id)
    if investment.status == "expired":
        _tell_investor(session, investment, "investment-cancelled", now)


def _tell_investor(session: Session, investment: Investment, kind: str, now: datetime) -> None:
    notifications.tell(
        session,
        user_id=investment.user_id,
        kind=kind,
        url=f"/investments/{investment.id}",
        now=now,
        deal=investment.deal_title,
    )
