"""Webhooks through the JSON door, for administrators of a site."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.integrations.egress import wire
from app.modules.webhooks import queries, rules_catalogue, service
from app.modules.webhooks.errors import BadEndpoint, NoSuchDelivery, NoSuchEndpoint, NotProven, TooManyEndpoints
from app.modules.webhooks.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("webhooks_api", __name__, url_prefix="/api/admin/webhooks")
MANAGE = requires(Perm.MANAGE, POLICY)
EXAMPLE = {"url": "https://hooks.example.com/portico", "note": "Accounts", "kinds": ["deal.opened"]}


class Wish(Body):
    """What is told where. `kinds` are names of the catalogue."""

    url: str = Field(min_length=1, max_length=2000)
    note: str = Field("", max_length=200)
    kinds: list[str] = Field(min_length=1, max_length=100)


class Endpoint(Shape):
    """An address that is told. `state`: proving (waits for the answer to its challenge), active, off."""

    id: UUID
    url: str
    note: str
    kinds: list[str]
    state: str
    reason: str
    created_at: datetime
    proven_at: datetime | None


class Endpoints(Shape):
    """Every webhook of the site."""

    webhooks: list[Endpoint]


class Secret(Shape):
    """A webhook and its new secret, which is told this once.

    Operations that answer with it honour no Idempotency-Key: a kept answer would keep the secret readable.
    """

    webhook: Endpoint
    secret: str


class Kind(Shape):
    """A kind of message that can be asked for."""

    type: str
    meaning: str
    sample: dict[str, object]


class Kinds(Shape):
    """The catalogue of messages."""

    kinds: list[Kind]


class Message(Shape):
    """A message to one webhook, and how it goes. `body` is the very text that is signed."""

    id: UUID
    type: str
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    body: str


class Messages(Shape):
    """A part of what was sent to one webhook, the newest first."""

    messages: list[Message]
    total: int
    has_more: bool


class AskedMessages(Listed):
    """Which messages."""

    state: Literal["", "waiting", "delivered", "failed", "stopped"] = ""


class Again(Shape):
    """How many messages are on their way again."""

    messages: int


@api.get("")
@operation(summary="List webhooks", answer=Endpoints, scope=Scope.OFFICE_READ)
@MANAGE
def index() -> Endpoints:
    """Answer with every webhook; secrets are never shown again."""
    return Endpoints(webhooks=[Endpoint.model_validate(each) for each in queries.endpoints(current.session)])


@api.get("/kinds")
@operation(summary="List what can be told", answer=Kinds, scope=Scope.OFFICE_READ)
@MANAGE
def kinds() -> Kinds:
    """Answer with the catalogue: each kind of message, its meaning and an example of its data."""
    told = rules_catalogue.CATALOGUE.items()
    return Kinds(kinds=[Kind(type=name, meaning=each.what, sample=dict(each.sample)) for name, each in told])


@api.post("")
@operation(
    summary="Add a webhook", body=Wish, answer=Secret, status=201, scope=Scope.OFFICE,
    problems=[BadEndpoint, TooManyEndpoints], example=EXAMPLE,
)  # fmt: skip
@MANAGE
@fresh
def add(sent: Wish) -> Secret:
    """Keep an address and send it a challenge. It is told nothing before it has answered with the challenge's text."""
    shown = service.add(
        current.session,
        actor=current.actor,
        **sent.model_dump(),
        secret_key=current.settings.secret_key,
        check=wire.egress(current.settings).check,
        now=current.now,
    )
    return Secret(webhook=Endpoint.model_validate(shown.endpoint), secret=shown.secret)


@api.get("/<uuid:endpoint_id>")
@operation(summary="Show a webhook", answer=Endpoint, scope=Scope.OFFICE_READ, problems=[NoSuchEndpoint])
@MANAGE
def show(endpoint_id: UUID) -> Endpoint:
    """Answer with one webhook."""
    return Endpoint.model_validate(queries.endpoint(current.session, endpoint_id))


@api.put("/<uuid:endpoint_id>")
@operation(
    summary="Change a webhook", body=Wish, answer=Endpoint, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchEndpoint, BadEndpoint], example=EXAMPLE,
)  # fmt: skip
@MANAGE
@fresh
def change(endpoint_id: UUID, sent: Wish) -> Endpoint:
    """Change address, note and kinds. A new address has to answer a challenge before it is told anything."""
    changed = service.change(
        current.session,
        actor=current.actor,
        endpoint_id=endpoint_id,
        **sent.model_dump(),
        check=wire.egress(current.settings).check,
        now=current.now,
    )
    return Endpoint.model_validate(changed)


@api.delete("/<uuid:endpoint_id>")
@operation(summary="Remove a webhook", answer=Done, scope=Scope.OFFICE, key="honoured", problems=[NoSuchEndpoint])
@MANAGE
def remove(endpoint_id: UUID) -> Done:
    """Forget a webhook, its secret and its messages."""
    service.remove(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    return Done()


@api.post("/<uuid:endpoint_id>/challenge")
@operation(
    summary="Send the challenge again", answer=Endpoint, scope=Scope.OFFICE, key="honoured", problems=[NoSuchEndpoint]
)
@MANAGE
def challenge(endpoint_id: UUID) -> Endpoint:
    """Send a webhook that isn't active a fresh challenge; it becomes active when it answers."""
    proving = service.prove(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    return Endpoint.model_validate(proving)


@api.post("/<uuid:endpoint_id>/secret")
@operation(summary="Replace a webhook's secret", answer=Secret, scope=Scope.OFFICE, problems=[NoSuchEndpoint])
@MANAGE
@fresh
def rotate(endpoint_id: UUID) -> Secret:
    """Make a new secret. For 24 hours messages are signed with the one before too."""
    shown = service.rotate(
        current.session,
        actor=current.actor,
        endpoint_id=endpoint_id,
        secret_key=current.settings.secret_key,
        now=current.now,
    )
    return Secret(webhook=Endpoint.model_validate(shown.endpoint), secret=shown.secret)


@api.post("/<uuid:endpoint_id>/stop")
@operation(
    summary="Switch a webhook off", answer=Endpoint, scope=Scope.OFFICE, key="honoured", problems=[NoSuchEndpoint]
)
@MANAGE
def stop(endpoint_id: UUID) -> Endpoint:
    """Tell it nothing more; what waits for it is stopped."""
    stopped = service.stop(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    return Endpoint.model_validate(stopped)


@api.post("/<uuid:endpoint_id>/test")
@operation(
    summary="Send a test message", answer=Done, scope=Scope.OFFICE, key="honoured", problems=[NoSuchEndpoint, NotProven]
)
@MANAGE
def test(endpoint_id: UUID) -> Done:
    """Send an active webhook a message that means nothing."""
    service.test(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    return Done()


@api.post("/<uuid:endpoint_id>/replay")
@operation(
    summary="Send again what wasn't delivered", answer=Again, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchEndpoint, NotProven],
)  # fmt: skip
@MANAGE
def replay_failed(endpoint_id: UUID) -> Again:
    """Send everything again that was given up or stopped, at most 1,000 messages at once, under their own ids."""
    count = service.replay_failed(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    return Again(messages=count)


@api.get("/<uuid:endpoint_id>/messages")
@operation(
    summary="List a webhook's messages", query=AskedMessages, answer=Messages, scope=Scope.OFFICE_READ,
    problems=[NoSuchEndpoint],
)  # fmt: skip
@MANAGE
def messages(endpoint_id: UUID, asked: AskedMessages) -> Messages:
    """Answer with what was sent in the last 30 days, the newest first."""
    queries.endpoint(current.session, endpoint_id)
    found = queries.deliveries(current.session, endpoint_id, state=asked.state, page=asked.page)
    return Messages(messages=[_message(line) for line in found.items], total=found.total, has_more=found.has_more)


@api.post("/messages/<uuid:delivery_id>/replay")
@operation(
    summary="Send a message again", answer=Message, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchDelivery, NotProven],
)  # fmt: skip
@MANAGE
def replay(delivery_id: UUID) -> Message:
    """Send one message again under its own id, so that a receiver who took it before can tell."""
    delivery = service.replay(current.session, actor=current.actor, delivery_id=delivery_id, now=current.now)
    return _message((delivery, queries.message(current.session, delivery.message_id)))


def _message(line: queries.Line) -> Message:
    delivery, message = line
    return Message(
        id=delivery.id,
        type=message.kind,
        state=delivery.state,
        attempts=delivery.attempts,
        made_at=message.at,
        next_at=delivery.next_at,
        delivered_at=delivery.delivered_at,
        body=message.body,
    )
