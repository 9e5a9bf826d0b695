"""Passwords: prove one, change one, refuse those that others know. Offered to others by `service`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor
from app.integrations.passwords import port as passwords
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import User, UserSession
from app.modules.accounts.queries import Person
from app.modules.accounts.service_entrance import Entered, enter
from app.modules.accounts.service_links import request_verification
from app.modules.accounts.service_sessions import log, renew
from app.modules.accounts.service_staff import locked_user
from app.modules.accounts.service_tries import count_sign_in, tried_well
from tenants.session import tenant_session


def sign_in(
    session: Session,
    *,
    email: str,
    password: str,
    remote: str,
    agent: str = "",
    kind: str = "web",
    device: str = "",
    replaces: str | None = None,
    now: datetime,
) -> Entered:
    """Check the password and open a session, which may wait for a second factor (see `enter`). Raises as `prove`."""
    who = prove(session, email=email, password=password, remote=remote, device=device, now=now)
    return enter(
        session,
        user_id=who.id,
        how="password",
        remote=remote,
        agent=agent,
        kind=kind,
        replaces=replaces,
        now=now,
    )


def prove(session: Session, *, email: str, password: str, remote: str, device: str = "", now: datetime) -> Person:
    """Return the person whose address and password these are; nothing is opened for them yet.

    Raises TooManyAttempts; WrongPassword for an unknown address and a wrong password alike; for the right password
    AccountSuspended, or NotVerifiedYet after a new link was requested. A hash of another age or kind is made anew.
    """
    attempt = count_sign_in(email, remote, now, device=device)
    user = queries.by_email(session, email)
    if not rules.password_matches(password, user.password_hash if user else "") or user is None:
        raise errors.WrongPassword(left=attempt.left)
    if user.status != "active":
        raise errors.AccountSuspended
    tried_well(session, attempt)
    if rules.needs_new_hash(user.password_hash):
        user.password_hash = rules.hash_password(password)
    if user.email_verified_at is None:
        with tenant_session(user.tenant_id) as apart:  # the mail goes out although this sign-in is refused
            request_verification(apart, email=user.email, remote=remote, now=now)
        raise errors.NotVerifiedYet
    who = queries.person(session, user.id)
    assert who is not None  # the row was just read
    return who


def prove_again(session: Session, *, actor: Actor, password: str, now: datetime) -> None:
    """Check the password of somebody who is signed in. Raises TooManyAttempts, WrongPassword."""
    user = locked_user(session, actor.require_id())
    attempt = count_sign_in(user.email, actor.remote, now, device=f"session-{actor.session_id}")
    if not rules.password_matches(password, user.password_hash):
        raise errors.WrongPassword(left=attempt.left)
    tried_well(session, attempt)


def change_password(session: Session, *, actor: Actor, current: str, new: str, keep: str, now: datetime) -> str:
    """Change the actor's password and return the new token of the session `keep`; every other session ends.

    A program has no session to keep: `keep` is empty then, and so is what is returned.
    Raises TooManyAttempts, WrongPassword, WeakPassword.
    """
    prove_again(session, actor=actor, password=current, now=now)
    user = locked_user(session, actor.require_id())
    check_password(new, about=(user.name, user.email))
    fresh = renew(session, keep, shown="password", now=now) if keep else ""
    set_password(session, user, new, actor=actor, keep=fresh, now=now)
    return fresh


def password_problem(password: str, *, about: Iterable[str]) -> str | None:
    """Return the code of what is wrong with a password: `short`, `long`, `common`, `leaked`, or None."""
    found = rules.password_problem(password, about=about)
    if found is None and any(passwords.connected().holds(text) for text in rules.plainly(password)):
        return "leaked"
    return found


def check_password(password: str, *, about: Iterable[str]) -> None:
    """Raise WeakPassword, with the code of what is wrong, unless the password may be used."""
    problem = password_problem(password, about=about)
    if problem is not None:
        raise errors.WeakPassword(fields={"password": problem})


def set_password(session: Session, user: User, password: str, *, actor: Actor, keep: str = "", now: datetime) -> None:
    """Set a checked password; every session ends but that of the token `keep`."""
    user.password_hash = rules.hash_password(password)
    others = delete(UserSession).where(UserSession.user_id == user.id, UserSession.token_hash != rules.digest(keep))
    session.execute(others)
    log(session, actor, "password.changed", user.id, now=now)
    outbox.record(session, events.PasswordChanged(user.id))
