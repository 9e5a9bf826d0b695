"""Work for later: reservations that run out."""

from uuid import UUID

from app.core.tasks import TaskContext
from app.modules.investments import service


def expire(context: TaskContext, *, investment_id: str) -> None:
    """End an unpaid pledge when its time is over; safe to run any number of times."""
    with context.session() as session:
        service.expire(session, investment_id=UUID(investment_id), now=context.now())
