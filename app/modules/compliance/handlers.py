"""People are told what was decided; officers what waits for them."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.compliance import events, queries
from app.modules.notifications import service as notifications

PAGE = "/verification"


def on_submitted(session: Session, event: events.VerificationSubmitted, *, now: datetime) -> None:
    reference = queries.reference(session, event.case_id)
    for officer_id in accounts.people_with_role(session, Role.COMPLIANCE_OFFICER):
        url = f"/manage/compliance/{event.case_id}"
        notifications.tell(session, user_id=officer_id, kind="verification-waiting", url=url, now=now, case=reference)


def on_approved(session: Session, event: events.VerificationApproved, *, now: datetime) -> None:
    notifications.tell(session, user_id=event.user_id, kind="verification-approved", url=PAGE, now=now)


def on_rejected(session: Session, event: events.VerificationRejected, *, now: datetime) -> None:
    notifications.tell(session, user_id=event.user_id, kind="verification-rejected", url=PAGE, now=now)


def on_more_requested(session: Session, event: events.VerificationMoreRequested, *, now: datetime) -> None:
    notifications.tell(session, user_id=event.user_id, kind="verification-more", url=PAGE, now=now)
