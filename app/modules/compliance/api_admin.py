"""Applications for verification through the JSON door, for compliance officers."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.compliance import errors, queries, service
from app.modules.compliance.models import Case
from app.modules.compliance.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Shape, operation

api = Blueprint("compliance_admin_api", __name__, url_prefix="/api/admin/applications")


class Asked(Listed):
    """Which queue."""

    queue: Literal["waiting", "with_person", "approved", "rejected"] = "waiting"


class Verdict(Body):
    """An officer's decision. `reason` stays in the file, `message` goes to the person.

    `reasons` are codes that a rejection needs; `steps` maps steps that are asked for again to a code.
    """

    decision: Literal["approve", "more", "reject"]
    reason: str = Field("", max_length=2000)
    message: str = Field("", max_length=2000)
    reasons: list[str] = Field(default_factory=list, max_length=10)
    steps: dict[str, str] = Field(default_factory=dict, max_length=5)


class NewCheck(Body):
    """A search that an officer made: what was searched, with which outcome, and what was found."""

    kind: Literal["sanctions", "pep", "adverse_media", "address"]
    outcome: Literal["clear", "open", "cleared", "confirmed"]
    finding: str = Field(min_length=1, max_length=4000)
    note: str = Field("", max_length=4000)


class Settling(Body):
    """How an open hit ends, and why."""

    outcome: Literal["cleared", "confirmed"]
    note: str = Field(min_length=1, max_length=4000)


class NewNote(Body):
    """A note for the file."""

    text: str = Field(min_length=1, max_length=4000)


class Application(Shape):
    """One request for a level."""

    id: UUID
    reference: str
    user_id: UUID
    level: str
    status: str
    opened_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    expires_at: datetime | None


class Applications(Shape):
    """A part of a queue."""

    applications: list[Application]
    total: int
    has_more: bool


class Paper(Shape):
    """A document that was sent. Officers look at it in the back office."""

    id: UUID
    step: str
    kind: str
    status: str
    added_at: datetime


class Search(Shape):
    """A search that an officer recorded."""

    id: UUID
    kind: str
    outcome: str
    finding: str
    note: str
    checked_at: datetime


class File(Application):
    """An application with what was declared, sent and checked."""

    declared: dict[str, Any]
    documents: list[Paper]
    checks: list[Search]


class TrailLine(Shape):
    """Something that happened in an application. `shown`: its person sees it too."""

    what: str
    text: str
    shown: bool
    actor_name: str
    at: datetime


class Trail(Shape):
    """Everything that happened in an application, in order."""

    lines: list[TrailLine]


@api.get("")
@operation(summary="List applications", query=Asked, answer=Applications, scope=Scope.OFFICE_READ)
@requires(Perm.REVIEW, POLICY)
def index(asked: Asked) -> Applications:
    """Answer with a queue: waiting ones oldest first, others newest first."""
    found = queries.queue(current.session, asked.queue, asked.page)
    shown = [Application.model_validate(case) for case in found.items]
    return Applications(applications=shown, total=found.total, has_more=found.has_more)


@api.get("/<uuid:case_id>")
@operation(summary="Read an application", answer=File, scope=Scope.OFFICE_READ, problems=[errors.NoSuchCase])
@requires(Perm.REVIEW, POLICY)
def show(case_id: UUID) -> File:
    """Answer with an application's file."""
    return _file(service.case_for_review(current.session, actor=current.actor, case_id=case_id))


@api.post("/<uuid:case_id>/decision")
@operation(
    summary="Decide an application",
    body=Verdict,
    answer=File,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.NoSuchCase, errors.AlreadyDecided, errors.HitOpen, errors.OwnCase],
    example={"decision": "approve", "reason": "Passport and bill agree."},
)
@requires(Perm.DECIDE, POLICY)
def decide(case_id: UUID, sent: Verdict) -> File:
    """Approve, ask for more, or reject. Nobody decides their own."""
    case = service.decide(
        current.session,
        actor=current.actor,
        case_id=case_id,
        decision=sent.decision,
        reason=sent.reason,
        message=sent.message,
        reasons=sent.reasons,
        steps=sent.steps,
        now=current.now,
    )
    return _file(case)


@api.post("/<uuid:case_id>/checks")
@operation(
    summary="Record a search",
    body=NewCheck,
    answer=File,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.NoSuchCase],
    example={"kind": "sanctions", "outcome": "clear", "finding": "EU and UN lists of today"},
)
@requires(Perm.REVIEW, POLICY)
def check(case_id: UUID, sent: NewCheck) -> File:
    """Keep a search in the file. An open hit has to be settled before the application is approved."""
    service.record_check(current.session, actor=current.actor, case_id=case_id, **sent.model_dump(), now=current.now)
    return _file(service.case_for_review(current.session, actor=current.actor, case_id=case_id))


@api.put("/<uuid:case_id>/checks/<uuid:check_id>")
@operation(
    summary="Settle an open hit",
    body=Settling,
    answer=File,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.NoSuchCase],
    example={"outcome": "cleared", "note": "Another person: born in 1951."},
)
@requires(Perm.REVIEW, POLICY)
def settle(case_id: UUID, check_id: UUID, sent: Settling) -> File:
    """Say that an open hit is somebody else, or that it is confirmed."""
    who: dict[str, Any] = {"actor": current.actor, "case_id": case_id}
    service.settle_check(current.session, check_id=check_id, **sent.model_dump(), **who, now=current.now)
    return _file(service.case_for_review(current.session, **who))


@api.get("/<uuid:case_id>/trail")
@operation(
    summary="Read what happened in an application",
    answer=Trail,
    scope=Scope.OFFICE_READ,
    problems=[errors.NoSuchCase],
)
@requires(Perm.REVIEW, POLICY)
def trail(case_id: UUID) -> Trail:
    """Answer with every step and note, those too that the person doesn't see."""
    return _trail(service.case_for_review(current.session, actor=current.actor, case_id=case_id))


@api.post("/<uuid:case_id>/notes")
@operation(
    summary="Keep a note in an application",
    body=NewNote,
    answer=Trail,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.NoSuchCase],
    example={"text": "Called back: the bill is of the parents’ house."},
)
@requires(Perm.REVIEW, POLICY)
def note(case_id: UUID, sent: NewNote) -> Trail:
    """Keep a note for officers; the person never sees it."""
    service.add_note(current.session, actor=current.actor, case_id=case_id, text=sent.text, now=current.now)
    return _trail(service.case_for_review(current.session, actor=current.actor, case_id=case_id))


def _trail(case: Case) -> Trail:
    lines = queries.trail(current.session, case.id, shown_only=False)
    return Trail(lines=[TrailLine.model_validate(line) for line in lines])


def _file(case: Case) -> File:
    return File(
        **Application.model_validate(case).model_dump(),
        declared=case.declared,
        documents=[Paper.model_validate(row) for row in queries.documents(current.session, case.id)],
        checks=[Search.model_validate(row) for row in queries.checks(current.session, case.id)],
    )
