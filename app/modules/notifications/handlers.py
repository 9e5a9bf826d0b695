"""What happened below, told to whom it concerns."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.accounts import events
from app.modules.notifications import service


def on_registered(
    session: Session, event: events.UserRegistered | events.VerificationRequested, *, now: datetime
) -> None:
    service.send_link(
        session, user_id=event.user_id, kind="verify-email", link="verify", token_id=event.token_id, now=now
    )


def on_registration_repeated(session: Session, event: events.RegistrationRepeated, *, now: datetime) -> None:
    service.tell(session, user_id=event.user_id, kind="already-registered", url="/login", now=now)


def on_reset_requested(session: Session, event: events.PasswordResetRequested, *, now: datetime) -> None:
    service.send_link(
        session, user_id=event.user_id, kind="reset-password", link="reset", token_id=event.token_id, now=now
    )


def on_password_changed(session: Session, event: events.PasswordChanged, *, now: datetime) -> None:
    service.tell(session, user_id=event.user_id, kind="password-changed", url="/account", now=now)


def on_invited(session: Session, event: events.UserInvited, *, now: datetime) -> None:
    service.send_link(
        session, user_id=event.user_id, kind="invitation", link="invite", token_id=event.token_id, now=now
    )


def on_role_granted(session: Session, event: events.RoleGranted, *, now: datetime) -> None:
    service.tell(session, user_id=event.user_id, kind="role-granted", url="/account", now=now)
