"""What escrow does about facts of the chain and of verification."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.chain.events import LogFinal, LogLost, LogSeen, LogUndone, TransactionFailed
from app.modules.compliance import service as compliance
from app.modules.compliance.events import VerificationApproved, VerificationRejected
from app.modules.escrow import service, service_booking, service_lost
from tenants import context
from tenants import service as tenancy

DECISIONS = ("escrow.release", "escrow.reject", "escrow.expire")


def on_announced(session: Session, event: LogSeen | LogFinal | LogUndone, *, now: datetime) -> None:
    """Catch up with what contracts announced about an escrow."""
    if event.name in service_booking.ANNOUNCED:
        service_booking.catch_up(session, event.subject_id, now=now)


def on_lost(session: Session, event: LogLost, *, now: datetime) -> None:
    """The chain lost a final block for good: undo what was booked, then catch up with what is left."""
    service_lost.take_back(session, log_id=event.log_id, investment_id=event.subject_id, now=now)
    if event.name in service_booking.ANNOUNCED:
        service_booking.catch_up(session, event.subject_id, now=now)


def on_refused(session: Session, event: TransactionFailed, *, now: datetime) -> None:
    """A decision had no effect: the money is still held, unless it left by another way in the meantime."""
    if event.kind in DECISIONS:
        service.undo_decision(session, investment_id=event.subject_id, error=event.error, now=now)
        service_booking.catch_up(session, event.subject_id, now=now)


def on_approved(session: Session, event: VerificationApproved, *, now: datetime) -> None:
    """Release what is held of a person who now has the level that the site asks for."""
    if _is_verified(session, event, now):
        service.decide_for(session, user_id=event.user_id, verified=True, reason="", now=now)


def on_rejected(session: Session, event: VerificationRejected, *, now: datetime) -> None:
    """Send back what is held of a person whose verification failed, unless an earlier one still suffices."""
    if not _is_verified(session, event, now):
        service.decide_for(session, user_id=event.user_id, verified=False, reason="verification rejected", now=now)


def _is_verified(session: Session, event: VerificationApproved | VerificationRejected, now: datetime) -> bool:
    required = tenancy.site(context.tenant_id()).settings.required_level
    return compliance.level_of(session, event.user_id, now).at_least(required)
