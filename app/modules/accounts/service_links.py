"""Mailed links: make, look up, use once; and count the mails asked for. Offered to others by `service`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.core import outbox
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import Attempt, MailToken
from app.modules.accounts.queries import Person
from tenants import context, ids
from tenants.session import tenant_session


def link_for(kind: str, token_id: UUID, secret_key: str) -> str:
    """Return the path of the link `kind` (`verify`, `reset`, `invite`) on the current tenant's host."""
    return rules.PATHS[kind] + rules.mail_token(kind, context.tenant_id(), token_id, secret_key)


def new_link(session: Session, user_id: UUID, kind: str, now: datetime, *, address: str = "") -> UUID:
    """Return the id of a new link for a person; their older links of this kind no longer work."""
    older = update(MailToken).where(MailToken.user_id == user_id, MailToken.kind == kind, MailToken.used_at.is_(None))
    session.execute(older.values(used_at=now))
    until = now + rules.LIFETIMES[kind]
    made = MailToken(id=ids.new(), user_id=user_id, kind=kind, created_at=now, expires_at=until, address=address)
    session.add(made)
    session.flush()
    return made.id


def holder_of_link(session: Session, *, kind: str, token: str, secret_key: str, now: datetime) -> Person:
    """Return whose link this is, without using it up. Raises LinkUnusable."""
    user_id = session.scalar(select(MailToken.user_id).where(*_usable(kind, token, secret_key, now)))
    return _active(session, user_id)


def use_link(session: Session, *, kind: str, token: str, secret_key: str, now: datetime) -> Person:
    """Use the link up and return whose it was; of two who use it at once, one succeeds. Raises LinkUnusable."""
    used = update(MailToken).where(*_usable(kind, token, secret_key, now)).values(used_at=now)
    return _active(session, session.scalar(used.returning(MailToken.user_id)))


def count_mail(address: str, remote: str, now: datetime) -> bool:
    """Count a mail asked for, in a transaction of its own; tell whether it may be sent.

    Too many to one address are dropped in silence. Raises TooManyAttempts for a place that asks for too many.
    """
    subject, remote = rules.digest(address), rules.place(remote)
    with tenant_session(context.tenant_id()) as session:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject.hex(), 2))))
        if queries.failures(session, "mail", rules.MAILS_BY_ONE, now, remote=remote) >= rules.MAILS_BY_ONE.most:
            raise errors.TooManyAttempts(retry_after=int(rules.MAILS_BY_ONE.within.total_seconds()))
        if queries.failures(session, "mail", rules.MAILS_TO_ONE, now, subject=subject) >= rules.MAILS_TO_ONE.most:
            return False
        session.add(Attempt(kind="mail", subject=subject, remote=remote, succeeded=False, at=now))
    return True


def request_verification(session: Session, *, email: str, remote: str, now: datetime) -> None:
    """Have a new link to confirm the address mailed, if it needs one. Raises TooManyAttempts for the place."""
    may_mail, user = count_mail(rules.normal_email(email), remote, now), queries.by_email(session, email)
    if may_mail and user is not None and user.status == "active" and user.email_verified_at is None:
        token_id = new_link(session, user.id, rules.VERIFY, now)
        outbox.record(session, events.VerificationRequested(user.id, token_id))


def request_reset(session: Session, *, email: str, remote: str, now: datetime) -> None:
    """Have a link to choose a new password mailed, if the address is known. Raises TooManyAttempts for the place."""
    may_mail, user = count_mail(rules.normal_email(email), remote, now), queries.by_email(session, email)
    if may_mail and user is not None and user.status == "active":
        outbox.record(session, events.PasswordResetRequested(user.id, new_link(session, user.id, rules.RESET, now)))


def _usable(kind: str, token: str, secret_key: str, now: datetime) -> list[ColumnElement[bool]]:
    token_id = rules.mail_token_id(token, kind, context.tenant_id(), secret_key)
    if token_id is None:
        raise errors.LinkUnusable
    return [
        MailToken.id == token_id,
        MailToken.kind == kind,
        MailToken.used_at.is_(None),
        MailToken.expires_at > now,
    ]


def _active(session: Session, user_id: UUID | None) -> Person:
    who = queries.person(session, user_id) if user_id else None
    if who is None or who.status != "active":
        raise errors.LinkUnusable
    return who
