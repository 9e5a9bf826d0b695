"""What two people agreed about payouts."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.approvals.events import ApprovalGranted
from app.modules.escrow import service_reconciling


def on_agreed(session: Session, event: ApprovalGranted, *, now: datetime) -> None:
    """Let payouts go on, where that is what was asked."""
    if event.kind == service_reconciling.RESUME:
        service_reconciling.resume(
            session,
            approval_id=event.approval_id,
            freeze_id=event.subject_id,
            decided_by=event.decided_by,
            now=now,
        )
