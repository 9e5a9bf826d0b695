"""What happened below, told to whom it concerns."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.accounts import events
from app.modules.accounts import service as accounts
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


def on_security_changed(session: Session, event: events.SecurityChanged, *, now: datetime) -> None:
    service.tell(session, user_id=event.user_id, kind=f"security-{event.what}", url="/account/security", now=now)


def on_email_change_requested(session: Session, event: events.EmailChangeRequested, *, now: datetime) -> None:
    """Two links: one to the new address, which confirms it, and one to the old address, which stops it."""
    new = accounts.address_of_link(session, event.token_id)
    for kind, link, token_id, address in (
        ("new-email", "email", event.token_id, new),
        ("email-changing", "keep-email", event.keep_id, ""),
    ):
        service.send_link(
            session, user_id=event.user_id, kind=kind, link=link, token_id=token_id, address=address, now=now
        )


def on_email_changed(session: Session, event: events.EmailChanged, *, now: datetime) -> None:
    """The new address is told, and the old one gets the link that takes it back."""
    old = accounts.address_of_link(session, event.keep_id)
    service.tell(session, user_id=event.user_id, kind="email-changed", url="/account/security", now=now)
    service.send_link(
        session,
        user_id=event.user_id,
        kind="email-changing",
        link="keep-email",
        token_id=event.keep_id,
        address=old,
        now=now,
    )


def on_role_granted(session: Session, event: events.RoleGranted, *, now: datetime) -> None:
    service.tell(session, user_id=event.user_id, kind="role-granted", url="/account", now=now)
