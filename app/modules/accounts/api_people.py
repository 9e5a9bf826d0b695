"""The people of a site through the JSON door, for its administrators."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import EmailStr, Field

from app.core.permissions import Role
from app.core.scopes import Scope
from app.modules.accounts import errors, queries, service
from app.modules.accounts.api import Name
from app.modules.accounts.permissions import POLICY, Perm
from app.modules.accounts.queries import Person
from app.web.access import fresh, requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Shape, operation

api = Blueprint("people_api", __name__, url_prefix="/api/admin/users")

RoleName = Literal["investor", "issuer", "compliance_officer", "tenant_admin", "super_admin"]


class Asked(Listed):
    """Whom to list."""

    search: str = Field("", max_length=100)
    role: RoleName | Literal[""] = ""


class Invitation(Body):
    """Whom to invite, as what."""

    email: EmailStr = Field(max_length=254)
    name: Name
    role: RoleName


class Reason(Body):
    """Why, for the record."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class UserShown(Shape):
    """Somebody with an account."""

    id: UUID
    email: str
    name: str
    country: str
    status: str
    email_verified: bool
    roles: list[str]
    created_at: datetime | None


class Users(Shape):
    """A part of the list of people."""

    users: list[UserShown]
    total: int
    has_more: bool


@api.get("")
@operation(summary="List people", query=Asked, answer=Users, scope=Scope.OFFICE_READ)
@requires(Perm.MANAGE_PEOPLE, POLICY)
def index(asked: Asked) -> Users:
    """Answer with people by name, found by part of a name or address and by role."""
    found = queries.people(current.session, search=asked.search, role=asked.role, page=asked.page)
    return Users(users=[shown(who) for who in found.items], total=found.total, has_more=found.has_more)


@api.get("/<uuid:user_id>")
@operation(summary="Read one person", answer=UserShown, scope=Scope.OFFICE_READ, problems=[errors.UnknownPerson])
@requires(Perm.MANAGE_PEOPLE, POLICY)
def show(user_id: UUID) -> UserShown:
    """Answer with one person."""
    return shown(service.person(current.session, user_id))


@api.post("")
@operation(
    summary="Invite somebody",
    body=Invitation,
    answer=UserShown,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.EmailTaken, errors.RoleNotAllowed],
    example={"email": "nora@example.com", "name": "Nora Haddad", "role": "issuer"},
)
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def invite(sent: Invitation) -> UserShown:
    """Invite somebody; a mail with a link tells them how to begin."""
    role = _role(sent.role)
    who = service.invite(
        current.session, actor=current.actor, email=sent.email, name=sent.name, roles=[role], now=current.now
    )
    return shown(who)


@api.put("/<uuid:user_id>/roles/<role>")
@operation(
    summary="Give a role",
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson, errors.RoleNotAllowed],
)
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def grant(user_id: UUID, role: str) -> UserShown:
    """Give somebody a role; their sessions end."""
    service.grant(current.session, actor=current.actor, user_id=user_id, role=_role(role), now=current.now)
    return shown(service.person(current.session, user_id))


@api.delete("/<uuid:user_id>/roles/<role>")
@operation(
    summary="Take a role",
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson, errors.RoleNotAllowed],
)
@requires(Perm.MANAGE_PEOPLE, POLICY)
@fresh
def revoke(user_id: UUID, role: str) -> UserShown:
    """Take a role from somebody."""
    service.revoke(current.session, actor=current.actor, user_id=user_id, role=_role(role), now=current.now)
    return shown(service.person(current.session, user_id))


@api.post("/<uuid:user_id>/suspend")
@operation(
    summary="Suspend an account",
    body=Reason,
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson, errors.RoleNotAllowed],
    example={"reason": "Asked us to by telephone."},
)
@requires(Perm.MANAGE_PEOPLE, POLICY)
def suspend(user_id: UUID, sent: Reason) -> UserShown:
    """Keep somebody out: every session and token of theirs is refused from now on."""
    service.suspend(current.session, actor=current.actor, user_id=user_id, reason=sent.reason, now=current.now)
    return shown(service.person(current.session, user_id))


@api.post("/<uuid:user_id>/reactivate")
@operation(
    summary="Reactivate an account",
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson],
)
@requires(Perm.MANAGE_PEOPLE, POLICY)
def reactivate(user_id: UUID) -> UserShown:
    """Let somebody in again."""
    service.reactivate(current.session, actor=current.actor, user_id=user_id, now=current.now)
    return shown(service.person(current.session, user_id))


def shown(who: Person) -> UserShown:
    """Return a person as administrators see one."""
    return UserShown(
        id=who.id,
        email=who.email,
        name=who.name,
        country=who.country,
        status=who.status,
        email_verified=who.email_verified,
        roles=sorted(who.roles),
        created_at=who.created_at,
    )


def roles_here() -> set[str]:
    """Return the roles that this site knows."""
    here = {Role.SUPER_ADMIN} if current.site.is_installation else set(Role) - {Role.SUPER_ADMIN}
    return {role.value for role in here}


def _role(name: str) -> Role:
    """Return the role, if this site knows it. Raises RoleNotAllowed."""
    if name not in roles_here():
        raise errors.RoleNotAllowed
    return Role(name)
