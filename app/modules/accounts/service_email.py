"""Another e-mail address: confirmed from the new one, and stopped or taken back from the old one for three days.

Offered to others by `service`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import MailToken, User, UserSession
from app.modules.accounts.queries import Person
from app.modules.accounts.service_entrance import demand_recent
from app.modules.accounts.service_links import count_mail, new_link, use_link
from app.modules.accounts.service_sessions import as_actor, log
from app.modules.accounts.service_staff import locked_user
from tenants import context


def request_email(session: Session, *, actor: Actor, email: str, now: datetime) -> None:
    """Have a link mailed to the new address that confirms it, and one to the old address that stops it.

    Says nothing about whether the new address is somebody's already; its owner isn't written to then. Raises
    StepUpNeeded, TooManyAttempts.
    """
    demand_recent(actor, now=now)
    user, address = locked_user(session, actor.require_id()), rules.normal_email(email)
    may_mail = count_mail(address, actor.remote, now)
    if not may_mail or address == user.email or queries.by_email(session, address) is not None:
        return
    token_id = new_link(session, user.id, rules.EMAIL, now, address=address)
    keep_id = new_link(session, user.id, rules.KEEP_EMAIL, now, address=user.email)
    log(session, actor, "email.change-requested", user.id, now=now, after={"email": address})
    outbox.record(session, events.EmailChangeRequested(user.id, token_id, keep_id))


def confirm_new_email(session: Session, *, token: str, secret_key: str, remote: str, now: datetime) -> Person:
    """Make the address a link was mailed to the person's own, once; every session ends. Raises LinkUnusable."""
    who = use_link(session, kind=rules.EMAIL, token=token, secret_key=secret_key, now=now)
    user, address = locked_user(session, who.id), _address(session, rules.EMAIL, token, secret_key)
    if queries.by_email(session, address) is not None:
        raise errors.LinkUnusable
    keep_id = _link_to_keep(session, user.id, now) or new_link(
        session, user.id, rules.KEEP_EMAIL, now, address=user.email
    )
    _set_email(session, user, address, as_actor(who, remote), "email.changed", now)
    outbox.record(session, events.EmailChanged(user.id, keep_id))
    return who


def keep_email(session: Session, *, token: str, secret_key: str, remote: str, now: datetime) -> Person:
    """Stop a change of address from the old one, or take it back, once; every session ends. Raises LinkUnusable."""
    who = use_link(session, kind=rules.KEEP_EMAIL, token=token, secret_key=secret_key, now=now)
    user, address = locked_user(session, who.id), _address(session, rules.KEEP_EMAIL, token, secret_key)
    pending = update(MailToken).where(MailToken.user_id == user.id, MailToken.used_at.is_(None))
    session.execute(pending.where(MailToken.kind.in_([rules.EMAIL, rules.RESET])).values(used_at=now))
    owner = queries.by_email(session, address)
    if owner is not None and owner.id != user.id:
        raise errors.LinkUnusable
    _set_email(session, user, address, as_actor(who, remote), "email.kept", now)
    return who


def address_of_link(session: Session, token_id: UUID) -> str:
    """Return the address that a link of a change is about."""
    return session.scalars(select(MailToken.address).where(MailToken.id == token_id)).one()


def _set_email(session: Session, user: User, address: str, actor: Actor, action: str, now: datetime) -> None:
    before, user.email = user.email, address
    user.email_verified_at = now
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    log(session, actor, action, user.id, now=now, before={"email": before}, after={"email": address})
    session.flush()


def _address(session: Session, kind: str, token: str, secret_key: str) -> str:
    token_id = rules.mail_token_id(token, kind, context.tenant_id(), secret_key)
    if token_id is None:
        raise errors.LinkUnusable
    return address_of_link(session, token_id)


def _link_to_keep(session: Session, user_id: UUID, now: datetime) -> UUID | None:
    alive = select(MailToken.id).where(MailToken.user_id == user_id, MailToken.kind == rules.KEEP_EMAIL)
    alive = alive.where(MailToken.used_at.is_(None), MailToken.expires_at > now)
    return session.scalars(alive.order_by(MailToken.id.desc())).first()
