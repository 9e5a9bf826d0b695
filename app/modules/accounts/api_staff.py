"""Invitations, lost second factors, and the rules of the entrance through the JSON door, for administrators."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.accounts import api_links, api_people, errors, queries, service
from app.modules.accounts.api_people import RoleName, UserShown, roles_here, shown
from app.modules.accounts.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation
from tenants import service as tenancy

api = Blueprint("staff_api", __name__, url_prefix="/api/admin")
DOORS = (api_links.api, api_people.api, api)
MANAGE = requires(Perm.MANAGE_PEOPLE, POLICY)


class InvitationShown(Shape):
    """An invitation that nobody has answered, and until when its link works."""

    user: UserShown
    sent_at: datetime
    expires_at: datetime


class Invitations(Shape):
    """Every invitation that is open, the newest first."""

    invitations: list[InvitationShown]


class EntranceRules(Body):
    """Which roles need a second factor, and after how many minutes without use a session ends (0: by role)."""

    second_factor_roles: list[RoleName]
    idle_minutes: Literal[0, 5, 60, 240]


class EntranceShown(Shape):
    """What the site asks of people who sign in."""

    second_factor_roles: list[str]
    idle_minutes: int


@api.get("/invitations")
@operation(summary="List open invitations", answer=Invitations, scope=Scope.OFFICE_READ)
@MANAGE
def invitations() -> Invitations:
    """Answer with the invitations that nobody has answered yet."""
    found = queries.invitations(current.session)
    rows = [
        InvitationShown(user=shown(each.person), sent_at=each.sent_at, expires_at=each.expires_at) for each in found
    ]
    return Invitations(invitations=rows)


@api.post("/users/<uuid:user_id>/invitation/<any(resend, withdraw):act>")
@operation(
    summary="Mail an invitation again, or take it back",
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson, errors.NoInvitation, errors.RoleNotAllowed],
)
@MANAGE
@fresh
def change_invitation(user_id: UUID, act: str) -> UserShown:
    """Mail a new link, which ends the one before; or end the link, and with it the roles it came with."""
    verb = service.resend if act == "resend" else service.withdraw
    verb(current.session, actor=current.actor, user_id=user_id, now=current.now)
    return shown(service.person(current.session, user_id))


@api.post("/users/<uuid:user_id>/reset-factors")
@operation(
    summary="Reset somebody's second factors",
    answer=UserShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.UnknownPerson, errors.RoleNotAllowed],
)
@MANAGE
@fresh
def reset_factors(user_id: UUID) -> UserShown:
    """Forget the second factors of somebody who lost them; their sessions end. Nobody does it for themselves."""
    service.reset_factors(current.session, actor=current.actor, user_id=user_id, now=current.now)
    return shown(service.person(current.session, user_id))


@api.get("/entrance")
@operation(summary="Read the rules for signing in", answer=EntranceShown, scope=Scope.OFFICE_READ)
@MANAGE
def entrance() -> EntranceShown:
    """Answer with what the site asks of people who sign in."""
    return EntranceShown.model_validate(current.site.settings)


@api.put("/entrance")
@operation(
    summary="Change the rules for signing in",
    body=EntranceRules,
    answer=EntranceShown,
    scope=Scope.OFFICE,
    key="honoured",
    example={"secondFactorRoles": ["tenant_admin", "compliance_officer"], "idleMinutes": 60},
)
@MANAGE
@fresh
def save_entrance(sent: EntranceRules) -> EntranceShown:
    """Say whose role needs a second factor, and when a session ends that nobody uses."""
    if set(sent.second_factor_roles) - roles_here():
        raise Invalid(fields={"secondFactorRoles": _("This site doesn’t have this role.")})
    service.change_entrance(
        current.session,
        actor=current.actor,
        roles=sent.second_factor_roles,
        idle_minutes=sent.idle_minutes,
        now=current.now,
    )
    return EntranceShown.model_validate(tenancy.site(current.site.id).settings)
