"""One's own connections to providers through the JSON door. New ones are made in a browser, at the provider."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint

from app.core.scopes import Scope
from app.modules.federation import errors, queries, service
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.operations import Done, Shape, operation

api = Blueprint("connections_api", __name__, url_prefix="/api/profile/connections")


class Connection(Shape):
    """A provider by which you can sign in, and the address that it knows you by."""

    id: UUID
    provider: str
    email: str
    enabled: bool
    linked_at: datetime
    used_at: datetime


class Connections(Shape):
    """By whom you can sign in."""

    connections: list[Connection]


@api.get("")
@operation(summary="List your connections", answer=Connections, scope=Scope.READ)
@signed_in
def index() -> Connections:
    """Answer with the providers by which you can sign in here."""
    mine = queries.identities_of(current.session, current.actor.require_id())
    known = {each.id: each for each in queries.providers(current.session)}
    return Connections(
        connections=[
            Connection(
                id=each.id,
                provider=known[each.provider_id].name,
                email=each.email,
                enabled=known[each.provider_id].enabled,
                linked_at=each.linked_at,
                used_at=each.used_at,
            )
            for each in mine
        ]
    )


@api.delete("/<uuid:identity_id>")
@operation(
    summary="Remove a connection", answer=Done, scope=Scope.ACCOUNT, key="honoured",
    problems=[errors.UnknownIdentity, errors.LastWayIn],
)  # fmt: skip
@signed_in
@fresh
def remove(identity_id: UUID) -> Done:
    """Remove one of your connections, unless it is the only way you sign in."""
    service.disconnect(current.session, actor=current.actor, identity_id=identity_id, now=current.now)
    return Done()
