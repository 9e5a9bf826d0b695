"""How the chain is followed, through the JSON door, for who runs the installation."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.approvals.errors import AlreadyAsked
from app.modules.chain import api_following, service_following
from app.modules.chain.api_following import Followed
from app.modules.chain.errors import NoSuchAlarm
from app.modules.chain.forms_words_following import detail, trouble
from app.modules.chain.models_following import ChainAlarm
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_following import FREEZING
from app.modules.chain.service_following import Following
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("chain_console_api", __name__, url_prefix="/api/console")
OPERATE = requires(ChainPermission.OPERATE, POLICY)
FOUND = {"reason": "Two explorers have the nodes' branch."}


class Finding(Body):
    """What was found out, for the record."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Node(Shape):
    """A node as it was last seen. One that was out counts again after `needed` good looks, of which it had `good`."""

    name: str
    state: str
    head_number: int | None
    final_number: int | None
    latency_ms: int
    trouble: str
    good: int
    needed: int
    since: datetime
    looked_at: datetime


class AlarmShown(Shape):
    """Something that people have to know. One that `freezes` ends when two operators agree, others by themselves.

    `accepted`: the nodes' branch is followed although final blocks are lost. `approvalId` is the open request to end
    it, or the one that ended it.
    """

    id: UUID
    kind: str
    about: str
    details: dict[str, Any]
    freezes: bool
    accepted: bool
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str
    reason: str
    approval_id: UUID | None


class Source(Shape):
    """One contract's sources at one explorer."""

    contract: str
    address: str
    explorer: str
    state: str
    words: str


class ConsoleChain(Followed):
    """How the chain is followed: its nodes, what alarms, what did, and what explorers were given.

    `alone`: there are fewer than two operators, so that nobody could agree to end a freeze.
    """

    alone: bool
    endpoints: list[Node]
    alarms: list[AlarmShown]
    past: list[AlarmShown]
    sources: list[Source]


class Request(Shape):
    """The request that a second person has to answer, and until when."""

    approval_id: UUID
    expires_at: datetime


@api.get("/chain")
@operation(summary="How the chain is followed", answer=ConsoleChain, scope=Scope.CONSOLE)
@OPERATE
def chain() -> ConsoleChain:
    """Answer with the nodes, how far they were followed, lost branches and alarms."""
    return _chain()


@api.post("/chain/alarms/<uuid:alarm_id>/accept")
@operation(
    summary="Accept the new branch", body=Finding, answer=ConsoleChain, scope=Scope.CONSOLE, key="honoured",
    problems=[NoSuchAlarm], example=FOUND,
)  # fmt: skip
@OPERATE
@fresh
def accept(alarm_id: UUID, sent: Finding) -> ConsoleChain:
    """Follow the nodes' branch although final blocks are lost. The freeze stays until two operators have ended it."""
    service_following.accept_branch(
        current.session, actor=current.actor, alarm_id=alarm_id, reason=sent.reason, now=current.now
    )
    return _chain()


@api.post("/chain/alarms/<uuid:alarm_id>/clear")
@operation(
    summary="Ask to end a freeze", body=Finding, answer=Request, status=202, scope=Scope.CONSOLE, key="honoured",
    problems=[NoSuchAlarm, AlreadyAsked], example=FOUND,
)  # fmt: skip
@OPERATE
@fresh
def clear(alarm_id: UUID, sent: Finding) -> Request:
    """Ask for a second operator to end an alarm, and the freeze with it; until then nothing is sent."""
    asked = service_following.ask_to_clear(
        current.session, actor=current.actor, alarm_id=alarm_id, reason=sent.reason, now=current.now
    )
    return Request(approval_id=asked.id, expires_at=asked.expires_at)


def _chain() -> ConsoleChain:
    chain_id = current.settings.chain_id
    found = service_following.following(chain_id)
    return ConsoleChain(
        **api_following.facts(found, chain_id),
        alone=service_following.is_alone(current.session),
        endpoints=[
            Node(
                name=each.name,
                state=each.state,
                head_number=each.head_number if each.head_number >= 0 else None,
                final_number=each.final_number if each.final_number >= 0 else None,
                latency_ms=each.latency_ms,
                trouble=trouble(each.error),
                good=each.good,
                needed=each.needed,
                since=each.since,
                looked_at=each.looked_at,
            )
            for each in found.endpoints
        ],
        alarms=_alarms(found),
        past=[_alarm(each, each.approval_id) for each in found.past],
        sources=[Source.model_validate(each) for each in found.verifications],
    )


def _alarms(found: Following) -> list[AlarmShown]:
    asked = service_following.requests(current.session, found)
    return [_alarm(each, asked[each.id].id if each.id in asked else None) for each in found.alarms]


def _alarm(each: ChainAlarm, approval_id: UUID | None) -> AlarmShown:
    return AlarmShown(
        id=each.id,
        kind=each.kind,
        about=detail(each.kind, each.details),
        details=each.details,
        freezes=each.kind in FREEZING,
        accepted=each.accepted,
        raised_at=each.raised_at,
        cleared_at=each.cleared_at,
        cleared_by=each.cleared_by,
        reason=each.reason,
        approval_id=approval_id,
    )
