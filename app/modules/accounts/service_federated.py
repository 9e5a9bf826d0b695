"""Accounts of people for whom somebody else vouches: opened without a password. Offered to others by `service`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.permissions import Actor, Role
from app.modules.accounts import errors, queries, rules
from app.modules.accounts.models import User, UserSession
from app.modules.accounts.queries import Person
from app.modules.accounts.service_sessions import as_actor, log
from app.modules.accounts.service_staff import add_user


def open_account(
    session: Session, *, email: str, name: str, country: str, locale: str, remote: str, now: datetime
) -> Person:
    """Open an investor's account without a password, whose address a provider has confirmed. Raises EmailTaken."""
    if queries.by_email(session, email) is not None:
        raise errors.EmailTaken
    user = add_user(session, email=email, name=name, country=country, locale=locale, roles=(Role.INVESTOR,), now=now)
    user.email_verified_at = now
    session.flush()
    who = queries.person(session, user.id)
    assert who is not None  # the row was just written
    log(session, as_actor(who, remote), "user.registered", who.id, now=now, after={"how": "oidc"})
    return who


def has_password(session: Session, user_id: UUID) -> bool:
    """Tell whether a person could sign in with a password."""
    return bool(session.scalar(select(User.password_hash).where(User.id == user_id)))


def session_of(session: Session, token: str) -> UUID | None:
    """Return the session of this token, whatever its stage, or None."""
    return session.scalar(select(UserSession.id).where(UserSession.token_hash == rules.digest(token)))


def end_sessions_of_provider(session: Session, *, actor: Actor, session_ids: Sequence[UUID], now: datetime) -> int:
    """End sessions because the provider where they began has ended its own; return how many there still were."""
    gone = delete(UserSession).where(UserSession.id.in_(session_ids)).returning(UserSession.id, UserSession.user_id)
    ended = session.execute(gone).all()
    for session_id, user_id in ended:
        log(session, actor, "session.ended_by_provider", user_id, now=now, after={"session": session_id})
    return len(ended)
