"""What the chain module does about the end of its own transactions, and about what two people decided."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.approvals.events import ApprovalGranted
from app.modules.chain import service, service_following
from app.modules.chain.events import TransactionFailed, TransactionFinal, TransactionStuck
from app.modules.notifications import service as notifications


def on_settled(session: Session, event: TransactionFinal | TransactionFailed, *, now: datetime) -> None:
    """Book what the transaction cost; one that never was in a block cost nothing."""
    service.book_fee(session, intent_id=event.intent_id, now=now)


def on_stuck(session: Session, event: TransactionStuck, *, now: datetime) -> None:
    """Tell who administers the site that a transaction doesn't go on by itself."""
    for user_id in accounts.people_with_role(session, Role.TENANT_ADMIN):
        url = f"/manage/transactions/{event.intent_id}"
        notifications.tell(session, user_id=user_id, kind="transaction-stuck", url=url, now=now)


def on_agreed(session: Session, event: ApprovalGranted, *, now: datetime) -> None:
    """End the freeze of the chain, where that is what was asked."""
    if event.kind == service_following.UNFREEZE:
        service_following.clear_alarm(
            session, approval_id=event.approval_id, alarm_id=event.subject_id, decided_by=event.decided_by, now=now
        )
