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


def _file(case: Case) -> File:
    return File(
        **Application.model_validate(case).model_dump(),
        declared=case.declared,
        documents=[Paper.model_validate(row) for row in queries.documents(current.session, case.id)],
        checks=[Search.model_validate(row) for row in queries.checks(current.session, case.id)],
    )
