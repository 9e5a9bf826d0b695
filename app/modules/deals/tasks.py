"""What happens to deals by the clock."""

from uuid import UUID

from app.core import permissions
from app.core.tasks import TaskContext
from app.modules.deals import service
from app.modules.deals.rules import Status


def start(context: TaskContext, *, deal_id: str) -> None:
    """Open a scheduled deal whose opening time has come; anything else has been done by somebody before."""
    with context.session() as session:
        deal = service.load(session, UUID(deal_id), lock=True)
        if deal.status == Status.SCHEDULED:
            service.start(session, actor=permissions.system(context.tenant_id), deal_id=deal.id, now=context.now())


def close_when_due(context: TaskContext, *, deal_id: str) -> None:
    """End an offer whose closing time has passed."""
    with context.session() as session:
        deal, now = service.load(session, UUID(deal_id), lock=True), context.now()
        due = deal.closes_at is not None and deal.closes_at <= now
        if due and deal.status in (Status.OPEN, Status.PAUSED):
            service.close(session, actor=permissions.system(context.tenant_id), deal_id=deal.id, now=now)
