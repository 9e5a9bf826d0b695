"""The review and the running of deals through the JSON door, for administrators."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.deals import errors, queries, rules, service
from app.modules.deals.admin import CHECKLIST, take_verb
from app.modules.deals.api import whole
from app.modules.deals.models import Deal
from app.modules.deals.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("deals_admin_api", __name__, url_prefix="/api/admin/deals")

Check = Literal["terms", "figures", "risks", "issuer", "regime"]


class Verdict(Body):
    """A reviewer's decision. To approve, name every check that was made; else say what has to change."""

    verdict: Literal["approve", "changes"]
    reason: str = Field("", max_length=2000)
    checks: list[Check] = Field(default_factory=list, max_length=5)


class Act(Body):
    """Why, where it needs saying."""

    reason: str = Field("", max_length=500)


class Step(Shape):
    """One step of a deal's life."""

    verb: str
    from_status: str
    to_status: str
    actor_name: str
    reason: str
    at: datetime


class DealInOffice(Shape):
    """A deal as administrators see it; `verbs` are the steps that are possible now."""

    id: UUID
    slug: str
    title: str
    asset_type: str
    status: str
    issuer: str
    issuer_id: UUID
    featured: bool
    currency: str
    raised_amount: str
    target_amount: str | None
    investors: int
    status_at: datetime
    verbs: list[str]


class DealFile(DealInOffice):
    """A deal with its life and what was typed."""

    fields: dict[str, Any]
    steps: list[Step]


class Office(Shape):
    """Deals that wait for review, oldest first, and those in hand."""

    waiting: list[DealInOffice]
    running: list[DealInOffice]


@api.get("")
@operation(summary="List deals to review and to run", answer=Office, scope=Scope.OFFICE_READ)
@requires(Perm.REVIEW, POLICY)
def index() -> Office:
    """Answer with the review queue and the deals that were submitted once."""
    waiting = [_summary(deal) for deal, _version in queries.waiting(current.session)]
    return Office(waiting=waiting, running=[_summary(deal) for deal in queries.in_hand(current.session)])


@api.get("/<uuid:deal_id>")
@operation(summary="Read a deal's file", answer=DealFile, scope=Scope.OFFICE_READ, problems=[errors.DealNotFound])
@requires(Perm.REVIEW, POLICY)
def show(deal_id: UUID) -> DealFile:
    """Answer with a deal and its life."""
    return _file(service.load(current.session, deal_id))


@api.post("/<uuid:deal_id>/review")
@operation(
    summary="Decide a review",
    body=Verdict,
    answer=DealFile,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus, errors.OwnReview],
    example={"verdict": "approve", "checks": ["terms", "figures", "risks", "issuer", "regime"]},
)
@requires(Perm.REVIEW, POLICY)
def decide(deal_id: UUID, sent: Verdict) -> DealFile:
    """Approve what was submitted, or send it back to its issuer with a reason."""
    if sent.verdict == "approve" and set(sent.checks) < set(CHECKLIST):
        raise Invalid(fields={"checks": _("Name every check before you approve, or ask for changes.")})
    if sent.verdict == "changes" and not sent.reason:
        raise Invalid(fields={"reason": _("Say what has to change: the issuer sees only this.")})
    verb = service.approve if sent.verdict == "approve" else service.request_changes
    said: dict[str, Any] = {"reason": sent.reason, "checks": list(dict.fromkeys(sent.checks)), "now": current.now}
    verb(current.session, actor=current.actor, deal_id=deal_id, **said)
    return _file(service.load(current.session, deal_id))


@api.post("/<uuid:deal_id>/<any(open, pause, resume, close, settle, cancel, reopen, feature, unfeature):verb>")
@operation(
    summary="Take a deal a step further",
    body=Act,
    answer=DealFile,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus, errors.OwnReview, errors.NotComplete],
    example={"reason": "The issuer asked for it."},
)
@requires(Perm.RUN, POLICY)
@fresh
def take(deal_id: UUID, verb: str, sent: Act) -> DealFile:
    """Open, pause, resume, close, settle, cancel or reopen a deal, or put it on the front page."""
    take_verb(deal_id, verb, sent.reason)
    return _file(service.load(current.session, deal_id))


def _summary(deal: Deal) -> DealInOffice:
    return DealInOffice(**_common(deal))


def _file(deal: Deal) -> DealFile:
    steps = [Step.model_validate(step) for step in queries.steps(current.session, deal.id)]
    return DealFile(**_common(deal), fields=deal.form, steps=steps)


def _common(deal: Deal) -> dict[str, Any]:
    return {
        "id": deal.id,
        "slug": deal.slug,
        "title": deal.title,
        "asset_type": deal.kind,
        "status": deal.status,
        "issuer": deal.issuer_name,
        "issuer_id": deal.issuer_id,
        "featured": deal.featured,
        "currency": deal.asset_code,
        "raised_amount": whole(deal.raised, deal.asset) or "0",
        "target_amount": whole(deal.hard_cap, deal.asset),
        "investors": deal.investors_count,
        "status_at": deal.status_at,
        "verbs": [str(verb) for verb in rules.verbs(deal.status, "reviewer")],
    }
