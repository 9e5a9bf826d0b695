"""Requests for a second person through the JSON door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.accounts import service as accounts
from app.modules.approvals import queries, service
from app.modules.approvals.errors import AlreadyDecided, NoSuchApproval, OwnRequest
from app.modules.approvals.models import Approval
from app.modules.approvals.permissions import POLICY, Perm
from app.modules.approvals.rules import KINDS, REASON_LENGTH
from app.modules.approvals.rules_facts import said
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("approvals_api", __name__, url_prefix="/api/admin/approvals")
TAKE_PART = requires(Perm.TAKE_PART, POLICY)
EXAMPLE = {"note": "I looked too."}


class Note(Body):
    """A few words with the answer; both people and every later reader of the record see it."""

    note: Annotated[str, Field(max_length=REASON_LENGTH)] = ""


class Fact(Shape):
    """What the second person has to know: a code with its values, and what it `says`.

    Of two figures that differ, both stand as they were kept: amounts in base units.
    """

    code: str
    values: dict[str, str]
    says: str
    booked: str | None
    counted: str | None


class Person(Shape):
    """Somebody who asked or answered."""

    id: UUID
    name: str


class ApprovalShown(Shape):
    """A request for a second person. `state`: asked, approved, declined, withdrawn or expired."""

    id: UUID
    kind: str
    title: str
    effect: str
    subject_id: UUID
    reason: str
    facts: list[Fact]
    state: str
    asked_by: Person
    asked_at: datetime
    expires_at: datetime
    decided_by: Person | None
    decided_at: datetime | None
    note: str


class Approvals(Shape):
    """What waits, the oldest first, and how the last 50 others ended, the newest first."""

    waiting: list[ApprovalShown]
    past: list[ApprovalShown]


@api.get("")
@operation(summary="List requests for a second person", answer=Approvals, scope=Scope.OFFICE_READ)
@TAKE_PART
def index() -> Approvals:
    """Answer with what waits for a second person, and how earlier requests ended."""
    service.expire_old(current.session, now=current.now)
    waiting, past = queries.waiting(current.session), queries.past(current.session)
    return Approvals(waiting=[_shown(each) for each in waiting], past=[_shown(each) for each in past])


@api.get("/<uuid:approval_id>")
@operation(summary="Read a request", answer=ApprovalShown, scope=Scope.OFFICE_READ, problems=[NoSuchApproval])
@TAKE_PART
def show(approval_id: UUID) -> ApprovalShown:
    """Answer with one request and everything that the second person has to know."""
    return _shown(queries.get(current.session, approval_id))


@api.post("/<uuid:approval_id>/approve")
@operation(
    summary="Agree to a request", body=Note, answer=ApprovalShown, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchApproval, OwnRequest, AlreadyDecided], example=EXAMPLE,
)  # fmt: skip
@TAKE_PART
@fresh
def approve(approval_id: UUID, sent: Note) -> ApprovalShown:
    """Agree as the second person; a task does what was asked for."""
    return _shown(
        service.approve(current.session, actor=current.actor, approval_id=approval_id, note=sent.note, now=current.now)
    )


@api.post("/<uuid:approval_id>/decline")
@operation(
    summary="Decline a request", body=Note, answer=ApprovalShown, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchApproval, OwnRequest, AlreadyDecided], example=EXAMPLE,
)  # fmt: skip
@TAKE_PART
@fresh
def decline(approval_id: UUID, sent: Note) -> ApprovalShown:
    """Refuse as the second person; nothing changes."""
    return _shown(
        service.decline(current.session, actor=current.actor, approval_id=approval_id, note=sent.note, now=current.now)
    )


@api.post("/<uuid:approval_id>/withdraw")
@operation(
    summary="Withdraw a request", answer=ApprovalShown, scope=Scope.OFFICE, key="honoured",
    problems=[NoSuchApproval, AlreadyDecided],
)  # fmt: skip
@TAKE_PART
def withdraw(approval_id: UUID) -> ApprovalShown:
    """Take one's own request back."""
    return _shown(service.withdraw(current.session, actor=current.actor, approval_id=approval_id, now=current.now))


def _shown(asked: Approval) -> ApprovalShown:
    kind = KINDS[asked.kind]
    return ApprovalShown(
        id=asked.id,
        kind=asked.kind,
        title=str(kind.title),
        effect=str(kind.effect),
        subject_id=asked.subject_id,
        reason=asked.reason,
        facts=[
            Fact(
                code=str(each.get("code", "")),
                values={name: str(value) for name, value in each.get("values", {}).items()},
                says=said(each),
                booked=_figure(each.get("booked")),
                counted=_figure(each.get("counted")),
            )
            for each in asked.facts
        ],
        state=asked.state,
        asked_by=_person(asked.asked_by),
        asked_at=asked.asked_at,
        expires_at=asked.expires_at,
        decided_by=_person(asked.decided_by) if asked.decided_by else None,
        decided_at=asked.decided_at,
        note=asked.note,
    )


def _figure(value: object) -> str | None:
    return None if value is None else str(value)


def _person(user_id: UUID) -> Person:
    return Person(id=user_id, name=accounts.person(current.session, user_id).name)
