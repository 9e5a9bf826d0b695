"""People as administrators see them: invitations, roles, suspension. Offered to others by `service`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor, Role
from app.modules.accounts import errors, events, queries, rules
from app.modules.accounts.models import MailToken, User, UserRole, UserSession
from app.modules.accounts.permissions import POLICY, Perm
from app.modules.accounts.queries import Person
from app.modules.accounts.service_links import new_link
from app.modules.accounts.service_sessions import log
from app.modules.audit import service as audit
from tenants import ids
from tenants import service as tenancy


def invite(session: Session, *, actor: Actor, email: str, name: str, roles: Iterable[Role], now: datetime) -> Person:
    """Give somebody an account with roles and have a link mailed that sets its password; again, until it was used.

    Raises EmailTaken where the address has an account already, RoleNotAllowed.
    """
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    granted = sorted(roles)
    for role in granted:
        _check_role(actor, role)
    known = queries.by_email(session, email)
    if known is not None and known.password_hash:
        raise errors.EmailTaken
    user = known or add_user(session, email=email, name=name, roles=granted, now=now)
    for role in granted if known else ():
        _add_role(session, user, role, now)
    token_id = new_link(session, user.id, rules.INVITE, now)
    log(session, actor, "user.invited", user.id, now=now, after={"email": user.email, "roles": granted})
    outbox.record(session, events.UserInvited(user.id, token_id))
    who = queries.person(session, user.id)
    assert who is not None  # the row was just written
    return who


def resend(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> Person:
    """Mail an unanswered invitation again: a new link, and the older ones end. Raises NoInvitation, RoleNotAllowed."""
    who = _invited(session, actor, user_id)
    token_id = new_link(session, user_id, rules.INVITE, now)
    log(session, actor, "user.invited", user_id, now=now, after={"email": who.email, "roles": sorted(who.roles)})
    outbox.record(session, events.UserInvited(user_id, token_id))
    return who


def withdraw(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> Person:
    """Take an unanswered invitation back: its link ends, and so do the roles it came with.

    Without the roles nothing comes of a new password that the person asks for. Raises NoInvitation, RoleNotAllowed.
    """
    who = _invited(session, actor, user_id)
    mailed = update(MailToken).where(MailToken.user_id == user_id, MailToken.used_at.is_(None))
    session.execute(mailed.values(used_at=now))
    session.execute(delete(UserRole).where(UserRole.user_id == user_id))
    before = {"email": who.email, "roles": sorted(who.roles)}
    log(session, actor, "user.invitation-withdrawn", user_id, now=now, before=before)
    return who


def _invited(session: Session, actor: Actor, user_id: UUID) -> Person:
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    locked_user(session, user_id)
    waiting = queries.invitations(session, user_id=user_id)
    if not waiting:
        raise errors.NoInvitation
    for role in waiting[0].person.roles:
        _check_role(actor, role)
    return waiting[0].person


def grant(session: Session, *, actor: Actor, user_id: UUID, role: Role, now: datetime) -> None:
    """Give a person a role; their sessions end, so that new rights begin with a new sign-in. Raises RoleNotAllowed."""
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    _check_role(actor, role)
    user = locked_user(session, user_id)
    if not _add_role(session, user, role, now):
        return
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    log(session, actor, "role.granted", user_id, now=now, after={"role": role})
    outbox.record(session, events.RoleGranted(user_id, role.value))


def revoke(session: Session, *, actor: Actor, user_id: UUID, role: Role, now: datetime) -> None:
    """Take a role from a person; their sessions end. Raises RoleNotAllowed.

    Nobody takes from themselves the role by which they do this.
    """
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    _check_role(actor, role)
    if role in (Role.TENANT_ADMIN, Role.SUPER_ADMIN) and user_id == actor.user_id:
        raise errors.RoleNotAllowed
    gone = delete(UserRole).where(UserRole.user_id == user_id, UserRole.role == role.value).returning(UserRole.role)
    if session.scalar(gone) is not None:
        session.execute(delete(UserSession).where(UserSession.user_id == user_id))
        log(session, actor, "role.revoked", user_id, now=now, before={"role": role})
        outbox.record(session, events.RoleRevoked(user_id, role.value))


def suspend(session: Session, *, actor: Actor, user_id: UUID, reason: str, now: datetime) -> None:
    """Keep a person out: every session ends and no new one opens. Nobody suspends themselves."""
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    if user_id == actor.user_id:
        raise errors.RoleNotAllowed
    user = locked_user(session, user_id)
    if user.status != "suspended":
        user.status = "suspended"
        session.execute(delete(UserSession).where(UserSession.user_id == user_id))
        log(session, actor, "user.suspended", user_id, now=now, after={"reason": reason})
        outbox.record(session, events.UserSuspended(user_id))


def reactivate(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Let a suspended person in again."""
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    user = locked_user(session, user_id)
    if user.status != "active":
        user.status = "active"
        log(session, actor, "user.reactivated", user_id, now=now)
        outbox.record(session, events.UserReactivated(user_id))


def change_entrance(session: Session, *, actor: Actor, roles: Iterable[str], idle_minutes: int, now: datetime) -> None:
    """Set which roles need a second factor, and after how long without use a session ends (0: by role).

    Raises InvalidSetting.
    """
    POLICY.must(actor, Perm.MANAGE_PEOPLE)
    chosen = {"second_factor_roles": sorted(set(roles)), "idle_minutes": idle_minutes}
    before = tenancy.site(actor.tenant_id).settings.model_dump(mode="json")
    tenancy.change_settings(actor.tenant_id, chosen)
    audit.record(
        session,
        actor=actor,
        action="entrance.changed",
        subject_kind="tenant",
        subject_id=actor.tenant_id,
        before={name: before[name] for name in chosen},
        after=chosen,
        now=now,
    )


def locked_user(session: Session, user_id: UUID) -> User:
    """Return a person's row, locked until the transaction ends. Raises UnknownPerson."""
    user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one_or_none()
    if user is None:
        raise errors.UnknownPerson
    return user


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Iterable[Role | str],
    country: str = "",
    locale: str = "en",
    now: datetime,
) -> User:
    """Add somebody without a password, with roles."""
    user = User(
        id=ids.new(), email=rules.normal_email(email), name=name, country=country, locale=locale, created_at=now
    )
    session.add(user)
    session.flush()
    session.add_all([UserRole(user_id=user.id, role=Role(role).value, granted_at=now) for role in set(roles)])
    session.flush()
    return user


def _add_role(session: Session, user: User, role: Role, now: datetime) -> bool:
    """Give the role; tell whether it is new to them."""
    fresh = insert(UserRole).values(tenant_id=user.tenant_id, user_id=user.id, role=role.value, granted_at=now)
    return session.scalar(fresh.on_conflict_do_nothing().returning(UserRole.role)) is not None


def _check_role(actor: Actor, role: Role) -> None:
    """Raise RoleNotAllowed for the installation's own role, which only a command or its holders can give."""
    if role is Role.SUPER_ADMIN and not actor.has(Role.SUPER_ADMIN):
        raise errors.RoleNotAllowed
