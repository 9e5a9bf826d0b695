"""One's own profile and password through the JSON door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.accounts import errors, queries, service
from app.modules.accounts.api import Country, Name, Password, check_country, weak
from app.modules.accounts.queries import Person
from app.web.access import signed_in
from app.web.current import current
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("profile_api", __name__, url_prefix="/api/profile")


class Profile(Shape):
    """What a person says about themselves, and what the site knows."""

    id: UUID
    email: str
    email_verified: bool
    name: str
    country: str
    locale: str
    roles: list[str]
    created_at: datetime | None


class ProfileChanges(Body):
    """What to change; names that are left out stay."""

    name: Name | None = None
    country: Country | None = None
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None


class PasswordChange(Body):
    """The password of now, and the new one."""

    current: Password
    password: Password


class SessionShown(Shape):
    """A browser that is signed in."""

    id: UUID
    agent: str
    remote: str
    created_at: datetime
    last_seen_at: datetime


class Sessions(Shape):
    """Where a person is signed in with a browser."""

    sessions: list[SessionShown]


@api.get("/settings")
@operation(summary="Read your profile", answer=Profile, scope=Scope.READ)
@signed_in
def show() -> Profile:
    """Answer with your profile."""
    return _shown(service.person(current.session, current.actor.require_id()))


@api.patch("/settings")
@operation(
    summary="Change your profile",
    body=ProfileChanges,
    answer=Profile,
    scope=Scope.PROFILE,
    key="honoured",
    example={"name": "Alice Vermeer"},
)
@signed_in
def change(sent: ProfileChanges) -> Profile:
    """Change what you say about yourself."""
    who = service.person(current.session, current.actor.require_id())
    if sent.country is not None:
        check_country(sent.country)
    if sent.locale is not None and sent.locale not in current.site.settings.languages:
        raise Invalid(fields={"locale": _("This site doesn’t speak that language.")})
    service.update_profile(
        current.session,
        actor=current.actor,
        name=who.name if sent.name is None else sent.name,
        country=who.country if sent.country is None else sent.country,
        locale=who.locale if sent.locale is None else sent.locale,
        now=current.now,
    )
    return _shown(service.person(current.session, who.id))


@api.post("/password")
@operation(
    summary="Change your password",
    body=PasswordChange,
    answer=Done,
    scope=Scope.ACCOUNT,
    problems=[errors.WrongPassword, errors.TooManyAttempts],
    example={"current": "correct horse battery staple 7", "password": "nine quiet boats at dawn"},
)
@signed_in
def password(sent: PasswordChange) -> Done:
    """Change your password. Sessions end at once, programs that signed in with the old one a moment later."""
    try:
        service.change_password(
            current.session, actor=current.actor, current=sent.current, new=sent.password, keep="", now=current.now
        )
    except errors.WeakPassword as refused:
        raise weak(refused) from None
    return Done()


@api.get("/sessions")
@operation(summary="List your browsers", answer=Sessions, scope=Scope.READ)
@signed_in
def sessions() -> Sessions:
    """Answer with the browsers you are signed in with."""
    mine = queries.sessions_of(current.session, current.actor.require_id())
    return Sessions(sessions=[SessionShown.model_validate(each) for each in mine])


@api.delete("/sessions/<uuid:session_id>")
@operation(summary="Sign a browser out", answer=Done, scope=Scope.ACCOUNT, key="honoured")
@signed_in
def end(session_id: UUID) -> Done:
    """End one of your sessions. One that isn't there has ended."""
    service.end_sessions(current.session, actor=current.actor, session_id=session_id, now=current.now)
    return Done()


def _shown(who: Person) -> Profile:
    return Profile(
        id=who.id,
        email=who.email,
        email_verified=who.email_verified,
        name=who.name,
        country=who.country,
        locale=who.locale,
        roles=sorted(who.roles),
        created_at=who.created_at,
    )
