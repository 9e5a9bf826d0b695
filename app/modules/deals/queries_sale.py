"""What is read about the sales of deals."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.modules.deals.models import DealSale


def sales_with_work(session: Session) -> list[tuple[UUID, UUID]]:
    """Return (tenant, deal) of all sales that something is wanted of and nothing is asked of (a platform session)."""
    found = select(DealSale.tenant_id, DealSale.deal_id).where(
        DealSale.outcome == "", DealSale.asked == "", or_(DealSale.wish != "", DealSale.paused != DealSale.stopped)
    )
    return [(row.tenant_id, row.deal_id) for row in session.execute(found.order_by(DealSale.updated_at))]
