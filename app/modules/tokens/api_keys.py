"""API keys and signed-in programs through the JSON door."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.tokens import queries, service
from app.modules.tokens.errors import UnknownKey
from app.modules.tokens.forms import offered
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.operations import Answer, Body, Done, Shape, operation

api = Blueprint("keys_api", __name__, url_prefix="/api/profile")


class KeyShown(Shape):
    """A key as it can be shown: never its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class Keys(Shape):
    """A person's keys."""

    keys: list[KeyShown]


class NewKey(Body):
    """What a key is for, what it may be used for, and for how many days."""

    name: str = Field(min_length=1, max_length=80)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    days: Literal[30, 90, 366] = 90


class KeyMade(Shape):
    """A new key, and `secret`: the whole key, which is told this once."""

    key: KeyShown
    secret: str


class ProgramShown(Shape):
    """A program that is signed in."""

    id: UUID
    agent: str
    remote: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class Programs(Shape):
    """The programs that a person is signed in with."""

    programs: list[ProgramShown]


@api.get("/keys")
@operation(summary="List your keys", answer=Keys, scope=Scope.READ)
@signed_in
def keys() -> Keys:
    """Answer with the keys that aren't revoked."""
    mine = queries.keys_of(current.session, current.actor.require_id())
    return Keys(keys=[KeyShown.model_validate(each) for each in mine])


@api.post("/keys")
@operation(
    summary="Make a key",
    body=NewKey,
    answer=KeyMade,
    status=201,
    scope=Scope.ACCOUNT,
    example={"name": "Ledger", "scopes": ["read"], "days": 90},
)
@signed_in
@fresh
def make(sent: NewKey) -> Answer:
    """Make a key for a program of yours. No Idempotency-Key is honoured: a kept answer would keep the key readable."""
    if set(sent.scopes) - set(offered(current.actor)):
        raise Invalid(fields={"scopes": _("A key of yours can’t have all of these.")})
    record, whole = service.make_key(
        current.session,
        actor=current.actor,
        name=sent.name,
        scopes=sent.scopes,
        expires_at=current.now + timedelta(days=sent.days),
        now=current.now,
    )
    return Answer(KeyMade(key=KeyShown.model_validate(record), secret=whole), kept=False)


@api.delete("/keys/<uuid:key_id>")
@operation(summary="Revoke a key", answer=Done, scope=Scope.ACCOUNT, key="honoured", problems=[UnknownKey])
@signed_in
@fresh
def revoke(key_id: UUID) -> Done:
    """Revoke one of your keys, at once."""
    service.revoke_key(current.session, actor=current.actor, key_id=key_id, now=current.now)
    return Done()


@api.get("/programs")
@operation(summary="List programs that are signed in", answer=Programs, scope=Scope.READ)
@signed_in
def programs() -> Programs:
    """Answer with where you are signed in through this interface."""
    mine = queries.families_of(current.session, current.actor.require_id(), current.now)
    return Programs(programs=[ProgramShown.model_validate(each) for each in mine])


@api.delete("/programs/<uuid:program_id>")
@operation(summary="Sign a program out", answer=Done, scope=Scope.ACCOUNT, key="honoured")
@signed_in
def end(program_id: UUID) -> Done:
    """End a program's tokens."""
    service.end(current.session, actor=current.actor, family_id=program_id, now=current.now, why="ended by its person")
    return Done()
