"""What is read about people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, and_, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.core.permissions import Role
from app.modules.accounts import rules
from app.modules.accounts.models import Attempt, MailToken, User, UserRole, UserSession
from app.modules.accounts.rules import Limit


@dataclass(frozen=True)
class Person:
    """A person as other modules and pages see one."""

    id: UUID
    name: str
    email: str
    locale: str
    roles: frozenset[Role]
    email_verified: bool
    country: str = ""
    status: str = "active"
    created_at: datetime | None = None

    @property
    def initials(self) -> str:
        """Return one or two letters that stand for the person."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@dataclass(frozen=True)
class Invitation:
    """Somebody who was invited and hasn't come yet; the newest link and until when it works."""

    person: Person
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Holder:
    """The session a token opens, and whose it is."""

    session_id: UUID
    user_id: UUID
    name: str
    email: str
    roles: frozenset[Role]
    created_at: datetime
    last_seen_at: datetime
    stage: str
    how: str
    proved_at: datetime | None


def _roles() -> ColumnElement[list[str]]:
    held = select(UserRole.role).where(UserRole.tenant_id == User.tenant_id, UserRole.user_id == User.id)
    return func.array(held.scalar_subquery(), type_=ARRAY(Text))


def holder(session: Session, token: str) -> Holder | None:
    """Return whose session this token opens, in one query; None if there is none or the person is suspended."""
    statement = (
        select(UserSession, User.name, User.email, _roles())
        .join(User, and_(User.tenant_id == UserSession.tenant_id, User.id == UserSession.user_id))
        .where(UserSession.token_hash == rules.digest(token), User.status == "active")
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    opened, name, email, roles = row
    return Holder(
        session_id=opened.id,
        user_id=opened.user_id,
        name=name,
        email=email,
        roles=_as_roles(roles),
        created_at=opened.created_at,
        last_seen_at=opened.last_seen_at,
        stage=opened.stage,
        how=opened.how,
        proved_at=opened.proved_at,
    )


def by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, however it is written."""
    return session.scalars(select(User).where(User.email == rules.normal_email(email))).one_or_none()


def person(session: Session, user_id: UUID) -> Person | None:
    """Return one person, or None."""
    row = session.execute(_people().where(User.id == user_id)).one_or_none()
    return None if row is None else _person(row)


def people(session: Session, *, search: str = "", role: str = "", page: Page) -> Slice[Person]:
    """Return people by name, newest first among equals, filtered by part of a name or address and by role."""
    wanted: list[ColumnElement[bool]] = []
    if search:
        part = f"%{_escaped(search.strip().lower())}%"
        wanted.append(or_(func.lower(User.name).like(part), User.email.like(part)))
    if role:
        wanted.append(User.id.in_(select(UserRole.user_id).where(UserRole.role == role)))
    total = session.scalar(select(func.count()).select_from(User).where(*wanted)) or 0
    rows = session.execute(
        _people().where(*wanted).order_by(func.lower(User.name), User.id).limit(page.limit).offset(page.offset)
    )
    return Slice([_person(row) for row in rows], total, page)


def invitations(session: Session, *, user_id: UUID | None = None) -> list[Invitation]:
    """Return the invitations nobody has answered yet, the newest first; or one person's."""
    waiting = (
        _people()
        .add_columns(MailToken.created_at, MailToken.expires_at)
        .join(MailToken, and_(MailToken.tenant_id == User.tenant_id, MailToken.user_id == User.id))
    )
    waiting = waiting.where(MailToken.kind == rules.INVITE, MailToken.used_at.is_(None))
    waiting = waiting.where(User.password_hash == "", User.email_verified_at.is_(None), User.status == "active")
    if user_id is not None:
        waiting = waiting.where(User.id == user_id)
    rows = session.execute(waiting.order_by(MailToken.created_at.desc(), User.id))
    return [Invitation(_person((user, roles)), sent, expires) for user, roles, sent, expires in rows]


def with_role(session: Session, role: Role) -> list[UUID]:
    """Return the ids of active people with this role, oldest account first."""
    statement = (
        select(User.id)
        .join(UserRole, and_(UserRole.tenant_id == User.tenant_id, UserRole.user_id == User.id))
        .where(UserRole.role == role.value, User.status == "active")
        .order_by(User.id)
    )
    return list(session.scalars(statement))


def sessions_of(session: Session, user_id: UUID) -> Sequence[UserSession]:
    """Return a person's sessions that give rights, the latest used first."""
    mine = select(UserSession).where(UserSession.user_id == user_id, UserSession.stage == rules.Stage.FULL)
    return session.scalars(mine.order_by(UserSession.last_seen_at.desc())).all()


def failures(
    session: Session, kind: str, limit: Limit, now: datetime, *, subject: bytes = b"", remote: str = ""
) -> int:
    """Count failed attempts within the limit's time, for a subject, from a place, or both."""
    wanted = [Attempt.kind == kind, Attempt.at > now - limit.within, ~Attempt.succeeded]
    if subject:
        wanted.append(Attempt.subject == subject)
    if remote:
        wanted.append(Attempt.remote == remote)
    return session.scalar(select(func.count()).select_from(Attempt).where(*wanted)) or 0


def done_before(session: Session, kind: str, subject: bytes, remote: str, now: datetime) -> bool:
    """Tell whether a try of this kind about this subject succeeded from this place in the last 30 days."""
    known = select(Attempt.id).where(
        Attempt.kind == kind,
        Attempt.subject == subject,
        Attempt.remote == remote,
        Attempt.succeeded,
        Attempt.at > now - rules.KEEP_ATTEMPTS,
    )
    return session.scalar(select(known.exists())) or False


def count_people(session: Session) -> int:
    """Return how many people have an account."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def role_counts(session: Session) -> dict[str, int]:
    """Return role → how many people have it."""
    rows = session.execute(select(UserRole.role, func.count()).group_by(UserRole.role))
    return {role: held for role, held in rows}  # noqa: C416  # rows aren't pairs to a type checker


def _people() -> Select[User, list[str]]:
    return select(User, _roles())


def _person(row: Row[User, list[str]] | tuple[User, list[str]]) -> Person:
    user, roles = row
    return Person(
        id=user.id,
        name=user.name,
        email=user.email,
        locale=user.locale,
        roles=_as_roles(roles),
        email_verified=user.email_verified_at is not None,
        country=user.country,
        status=user.status,
        created_at=user.created_at,
    )


def _as_roles(names: Sequence[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
