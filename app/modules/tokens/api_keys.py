"""API keys and signed-in programs through the JSON door."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint

from app.core.scopes import Scope
from app.modules.tokens import queries, service
from app.modules.tokens.errors import UnknownKey
from app.web.access import signed_in
from app.web.current import current
from app.web.operations import Done, Shape, operation

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
    """Answer with the keys that aren't revoked. Make new ones on the page *API access* of your account."""
    mine = queries.keys_of(current.session, current.actor.require_id())
    return Keys(keys=[KeyShown.model_validate(each) for each in mine])


@api.delete("/keys/<uuid:key_id>")
@operation(summary="Revoke a key", answer=Done, scope=Scope.ACCOUNT, key="honoured", problems=[UnknownKey])
@signed_in
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
