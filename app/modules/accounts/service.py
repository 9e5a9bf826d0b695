"""People: register, confirm, sign in, choose a password. The module's face; parts are in `service_*`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.cookies import cookie_name
from app.core.permissions import Actor, Role
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import Attempt, MailToken, User, UserRole, UserSession
from app.modules.accounts.queries import Person, role_counts
from app.modules.accounts.service_email import address_of_link, confirm_new_email, keep_email, request_email
from app.modules.accounts.service_entrance import (
    Entered,
    Waiting,
    demand_recent,
    enter,
    let_through,
    step_up,
    waiting,
)
from app.modules.accounts.service_factors import (
    Ways,
    add_app,
    add_key,
    check_code,
    check_key,
    remove_app,
    remove_key,
    rename_key,
    renew_codes,
    reset_factors,
    ways,
)
from app.modules.accounts.service_federated import (
    end_sessions_of_provider,
    has_password,
    open_account,
    session_of,
)
from app.modules.accounts.service_links import (
    count_mail,
    holder_of_link,
    link_for,
    new_link,
    request_reset,
    request_verification,
    use_link,
)
from app.modules.accounts.service_passwords import (
    change_password,
    check_password,
    password_problem,
    prove,
    prove_again,
    set_password,
    sign_in,
)
from app.modules.accounts.service_sessions import (
    as_actor,
    end_sessions,
    identify,
    log,
    open_session,
    sign_out,
    token_of,
)
from app.modules.accounts.service_staff import (
    add_user,
    change_entrance,
    grant,
    invite,
    locked_user,
    reactivate,
    resend,
    revoke,
    suspend,
    withdraw,
)
from app.modules.accounts.service_tries import device_pass, known_device
from app.modules.factors import service as factors
from tenants import context, ids

__all__ = [
    "Entered",
    "Person",
    "Waiting",
    "Ways",
    "add_app",
    "add_key",
    "address_of_link",
    "as_actor",
    "change_entrance",
    "change_password",
    "check_code",
    "check_key",
    "confirm_new_email",
    "cookie_name",
    "count_mail",
    "demand_recent",
    "device_pass",
    "end_sessions",
    "end_sessions_of_provider",
    "enter",
    "grant",
    "has_password",
    "holder_of_link",
    "identify",
    "import_user",
    "invite",
    "keep_email",
    "known_device",
    "let_through",
    "link_for",
    "open_account",
    "open_session",
    "password_problem",
    "prove",
    "prove_again",
    "reactivate",
    "remove_app",
    "remove_key",
    "rename_key",
    "renew_codes",
    "request_email",
    "request_reset",
    "request_verification",
    "resend",
    "reset_factors",
    "revoke",
    "role_counts",
    "session_of",
    "sign_in",
    "sign_out",
    "step_up",
    "suspend",
    "token_of",
    "waiting",
    "ways",
    "withdraw",
]


def register(
    session: Session, *, name: str, email: str, password: str, country: str, locale: str, remote: str, now: datetime
) -> None:
    """Open an investor's account, to be confirmed by mail. Says nothing about whether the address was known before.

    An account that was never confirmed is overwritten: whoever confirms it is the one who reads the mail. One that
    waits for its invitation isn't: a stranger's password would come with the roles it was invited to. Raises
    WeakPassword; TooManyAttempts for a place that asks for too many mails.
    """
    check_password(password, about=(name, email))
    address = rules.normal_email(email)
    may_mail = count_mail(address, remote, now)
    values = {"name": name, "password_hash": rules.hash_password(password), "country": country, "locale": locale}
    fresh = insert(User).values(
        tenant_id=context.tenant_id(), id=ids.new(), email=address, status="active", created_at=now, **values
    )
    user_id = session.scalar(fresh.on_conflict_do_nothing().returning(User.id))
    if user_id is not None:
        session.add(UserRole(user_id=user_id, role=Role.INVESTOR.value, granted_at=now))
        log(session, Actor(context.tenant_id(), remote=remote), "user.registered", user_id, now=now)
        token_id = new_link(session, user_id, rules.VERIFY, now)
        outbox.record(session, events.UserRegistered(user_id, token_id))
        return
    unconfirmed = update(User).where(User.email == address, User.email_verified_at.is_(None), User.status == "active")
    unconfirmed = unconfirmed.where(User.password_hash != "")
    user_id = session.scalar(unconfirmed.values(**values).returning(User.id))
    if may_mail and user_id is not None:
        outbox.record(session, events.VerificationRequested(user_id, new_link(session, user_id, rules.VERIFY, now)))
    elif may_mail and (owner := queries.by_email(session, address)):
        outbox.record(session, events.RegistrationRepeated(owner.id))


def confirm_email(session: Session, *, token: str, secret_key: str, remote: str, now: datetime) -> Person:
    """Confirm the address a link was mailed to, once. Returns the person. Raises LinkUnusable."""
    who = use_link(session, kind=rules.VERIFY, token=token, secret_key=secret_key, now=now)
    _confirm(session, locked_user(session, who.id), as_actor(who, remote), now)
    return person(session, who.id)


def choose_password(
    session: Session, *, kind: str, token: str, password: str, secret_key: str, remote: str, now: datetime
) -> Person:
    """Set the password through a mailed link (`reset` or `invite`), once; every session ends. Returns the person.

    The link shows that the address is theirs, so it is confirmed too. Raises LinkUnusable, WeakPassword.
    """
    who = holder_of_link(session, kind=kind, token=token, secret_key=secret_key, now=now)
    check_password(password, about=(who.name, who.email))
    use_link(session, kind=kind, token=token, secret_key=secret_key, now=now)
    user, actor = locked_user(session, who.id), as_actor(who, remote)
    _confirm(session, user, actor, now)
    set_password(session, user, password, actor=actor, now=now)
    return person(session, who.id)


def update_profile(session: Session, *, actor: Actor, name: str, country: str, locale: str, now: datetime) -> None:
    """Change what the actor says about themselves. `country` is ISO 3166-1 alpha-2 or empty."""
    user = locked_user(session, actor.require_id())
    before = {"name": user.name, "country": user.country, "locale": user.locale}
    user.name, user.country, user.locale = name, country, locale
    after = {"name": name, "country": country, "locale": locale}
    log(session, actor, "user.updated", user.id, now=now, before=before, after=after)
    session.flush()


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    roles: Iterable[Role | str] = (Role.INVESTOR,),
    verified: bool = False,
    country: str = "",
    locale: str = "en",
    now: datetime,
) -> Person:
    """Create somebody's account outright: for commands and first data. Raises EmailTaken, WeakPassword."""
    check_password(password, about=(name, email))
    if queries.by_email(session, email) is not None:
        raise errors.EmailTaken
    user = add_user(session, email=email, name=name, country=country, locale=locale, roles=roles, now=now)
    user.password_hash = rules.hash_password(password)
    user.email_verified_at = now if verified else None
    session.flush()
    return person(session, user.id)


def import_user(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: Iterable[Role | str],
    country: str,
    now: datetime,
) -> Person:
    """Take over somebody's account from another system, with its bcrypt hash, which is replaced when it is first used.

    Their address counts as confirmed there. Raises EmailTaken, UnknownHash.
    """
    if password_hash and not rules.is_imported(password_hash):
        raise errors.UnknownHash
    if queries.by_email(session, email) is not None:
        raise errors.EmailTaken
    user = add_user(session, email=email, name=name, country=country, roles=roles, now=now)
    user.password_hash, user.email_verified_at = password_hash, now
    session.flush()
    return person(session, user.id)


def person(session: Session, user_id: UUID) -> Person:
    """Return one person. Raises UnknownPerson."""
    found = queries.person(session, user_id)
    if found is None:
        raise errors.UnknownPerson
    return found


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the person with this address, or None."""
    user = queries.by_email(session, email)
    return person(session, user.id) if user else None


def people_with_role(session: Session, role: Role) -> list[UUID]:
    """Return the ids of active people with this role."""
    return queries.with_role(session, role)


def _confirm(session: Session, user: User, actor: Actor, now: datetime) -> None:
    if user.email_verified_at is None:
        user.email_verified_at = now
        log(session, actor, "email.verified", user.id, now=now)
        outbox.record(session, events.EmailVerified(user.id))


def count_people(session: Session) -> int:
    """Return how many people have an account."""
    return queries.count_people(session)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Remove sessions, links and counted attempts that can't be used any more."""
    session.execute(delete(UserSession).where(UserSession.created_at < now - rules.INVESTOR_LIFETIME.absolute))
    session.execute(delete(UserSession).where(UserSession.last_seen_at < now - rules.LONGEST_IDLE))
    waiting = delete(UserSession).where(UserSession.stage != rules.Stage.FULL)
    session.execute(waiting.where(UserSession.created_at < now - rules.WAITS_FOR))
    session.execute(delete(MailToken).where(MailToken.expires_at < now - rules.KEEP_ATTEMPTS))
    failed = delete(Attempt).where(~Attempt.succeeded, Attempt.at < now - rules.KEEP_FAILURES)
    session.execute(failed)
    session.execute(delete(Attempt).where(Attempt.at < now - rules.KEEP_ATTEMPTS))
    factors.forget_spent(session, now=now)
