"""Taking money back out of a deal that failed after it was released."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.config import Settings
from app.core.permissions import Actor
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.escrow.errors import NothingToClaim
from app.modules.escrow.service import Escrow, PreparedTransaction
from app.modules.investments import queries
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm


def may_claim(session: Session, investment: Investment, kept: Escrow | None) -> bool:
    """Tell whether the investment's money lies in a sale that failed, for its investor to take."""
    if kept is None or kept.status != "released":
        return False
    sale = deals.sale_of(session, investment.deal_id)
    return sale is not None and sale.outcome == "failed"


def claim_transaction(session: Session, *, actor: Actor, investment_id: UUID) -> PreparedTransaction:
    """Return the call by which the failed sale pays the investor back. Raises Forbidden, NothingToClaim."""
    kept, sale = _claimable(session, actor, investment_id)
    return escrow.claim_transaction(session, kept, sale=sale)


def claim_with_demo_wallet(
    session: Session, *, actor: Actor, investment_id: UUID, settings: Settings, now: datetime
) -> Escrow:
    """Let the demo wallet take it (local chain only). Raises Forbidden, NothingToClaim, OnlyLocally."""
    _kept, sale = _claimable(session, actor, investment_id)
    return escrow.claim_with_demo_wallet(
        session, actor=actor, investment_id=investment_id, sale=sale, settings=settings, now=now
    )


def _claimable(session: Session, actor: Actor, investment_id: UUID) -> tuple[Escrow, str]:
    investment = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, Perm.ACT, investment)
    kept, sale = escrow.of_investment(session, investment_id), deals.sale_of(session, investment.deal_id)
    if kept is None or sale is None or not may_claim(session, investment, kept):
        raise NothingToClaim
    return kept, sale.address
