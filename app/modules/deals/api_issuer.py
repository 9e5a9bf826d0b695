"""An issuer's own deals through the JSON door: draft, submit, and tell investors while they run."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, request
from pydantic import Field

from app.core.errors import AppError
from app.core.scopes import Scope
from app.modules.deals import errors, queries, rules, rules_terms, service
from app.modules.deals.api import UpdateShown, whole
from app.modules.deals.models import Deal
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.rules_terms import ground_of
from app.modules.deals.views_issuer import own
from app.web.access import requires
from app.web.current import current
from app.web.operations import Answer, Body, Done, Shape, operation

api = Blueprint("deals_issuer_api", __name__, url_prefix="/api/issuer")

Kind = Literal["equity", "debt", "token", "fund", "real_estate", "revenue_share"]
Typed = dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=8000)]]


class ChangedMeanwhile(AppError):
    """The draft was changed since the version that If-Match names. Read it again, then send your change anew."""

    status = 412
    code = "changed-meanwhile"
    title = "Changed meanwhile"


class NewDraft(Body):
    """What a deal begins with."""

    title: str = Field(min_length=1, max_length=80)
    asset_type: Kind


class DraftChanges(Body):
    """Fields of the draft as text, as one types them; fields that are left out stay."""

    fields: Typed


class Draft(Shape):
    """A deal as its issuer sees it: what was typed, and a code for each field that isn't right yet."""

    id: UUID
    slug: str
    title: str
    asset_type: str
    status: str
    version: int
    fields: dict[str, Any]
    problems: dict[str, str]
    editable: bool
    currency: str
    raised_amount: str
    reserved_amount: str
    target_amount: str | None
    investors: int
    changed_at: datetime


class Drafts(Shape):
    """An issuer's deals, the last changed first."""

    deals: list[Draft]
    total: int


class Dashboard(Shape):
    """What an issuer has to do, and how their deals stand: status → number of deals."""

    deals: int
    by_status: dict[str, int]
    investors: int
    waiting_for_you: list[UUID]


class News(Body):
    """What investors are told."""

    title: str = Field(min_length=1, max_length=120)
    body: str = Field(min_length=1, max_length=6000)


class NewQuestion(Body):
    """What is often asked, and the answer."""

    question: str = Field(min_length=1, max_length=300)
    answer: str = Field(min_length=1, max_length=3000)


class Line(Body):
    """A line of the conversation with the reviewer."""

    body: str = Field(min_length=1, max_length=2000)


class Made(Shape):
    """What was made."""

    success: bool = True
    id: UUID


@api.get("/dashboard")
@operation(summary="How your deals stand", answer=Dashboard, scope=Scope.READ)
@requires(Perm.DRAFT, POLICY)
def dashboard() -> Dashboard:
    """Answer with figures over your deals, and which of them wait for you."""
    mine = queries.of_issuer(current.session, current.actor.require_id())
    waiting = (rules.Status.DRAFT, rules.Status.CHANGES_REQUESTED)
    statuses = [deal.status for deal in mine]
    return Dashboard(
        deals=len(mine),
        by_status={status: statuses.count(status) for status in sorted(set(statuses))},
        investors=sum(deal.investors_count for deal in mine),
        waiting_for_you=[deal.id for deal in mine if deal.status in waiting],
    )


@api.get("/deals")
@operation(summary="List your deals", answer=Drafts, scope=Scope.READ)
@requires(Perm.DRAFT, POLICY)
def index() -> Drafts:
    """Answer with every deal of yours."""
    mine = queries.of_issuer(current.session, current.actor.require_id())
    return Drafts(deals=[_draft(deal) for deal in mine], total=len(mine))


@api.post("/deals")
@operation(
    summary="Begin a deal",
    body=NewDraft,
    answer=Draft,
    status=201,
    scope=Scope.ISSUE,
    key="honoured",
    example={"title": "Canal House, Utrecht", "assetType": "debt"},
)
@requires(Perm.DRAFT, POLICY)
def begin(sent: NewDraft) -> Answer:
    """Begin a draft. Amounts and dates come with changes."""
    made = service.draft(
        current.session,
        actor=current.actor,
        kind=sent.asset_type,
        form={"title": sent.title},
        ground=_ground(),
        now=current.now,
    )
    return _answer(made)


@api.get("/deals/<uuid:deal_id>")
@operation(summary="Read your deal", answer=Draft, scope=Scope.READ, etag=True, problems=[errors.DealNotFound])
@requires(Perm.DRAFT, POLICY)
def show(deal_id: UUID) -> Answer:
    """Answer with a deal of yours; the ETag is the draft's version."""
    return _answer(own(deal_id))


@api.patch("/deals/<uuid:deal_id>")
@operation(
    summary="Change your draft",
    body=DraftChanges,
    answer=Draft,
    scope=Scope.ISSUE,
    key="honoured",
    if_match=True,
    problems=[errors.DealNotFound, errors.WrongStatus, ChangedMeanwhile],
    example={"fields": {"summary": "Senior loan on nine homes at the canal.", "hard_cap": "500,000"}},
)
@requires(Perm.EDIT, POLICY)
def change(deal_id: UUID, sent: DraftChanges) -> Answer:
    """Keep what is sent, right or wrong; `problems` says what isn't right yet. If-Match keeps others' changes safe."""
    found = own(deal_id)
    if request.if_match and not request.if_match.contains(_version(found)):
        raise ChangedMeanwhile
    deal, _reading = service.revise(
        current.session, actor=current.actor, deal_id=deal_id, form=sent.fields, ground=_ground(), now=current.now
    )
    return _answer(deal)


@api.post("/deals/<uuid:deal_id>/<any(submit, withdraw, cancel):verb>")
@operation(
    summary="Submit, withdraw or cancel your deal",
    answer=Draft,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus, errors.NotComplete],
)
@requires(Perm.SUBMIT, POLICY)
def take(deal_id: UUID, verb: str) -> Answer:
    """Ask for review, take a submitted draft back, or call the deal off before it is approved."""
    found = own(deal_id)
    who: dict[str, Any] = {"actor": current.actor, "deal_id": found.id, "now": current.now}
    if verb == "submit":
        service.submit(current.session, ground=_ground(), **who)
    elif verb == "withdraw":
        service.withdraw(current.session, **who)
    else:
        service.cancel(current.session, reason="", **who)
    return _answer(own(deal_id))


@api.post("/deals/<uuid:deal_id>/comments")
@operation(
    summary="Write to the reviewer",
    body=Line,
    answer=Made,
    status=201,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound],
    example={"body": "The valuation is attached now."},
)
@requires(Perm.DRAFT, POLICY)
def comment(deal_id: UUID, sent: Line) -> Made:
    """Add a line to the conversation about your deal."""
    found = own(deal_id)
    line = service.comment(current.session, actor=current.actor, deal_id=found.id, body=sent.body, now=current.now)
    return Made(id=line.id)


@api.post("/deals/<uuid:deal_id>/updates")
@operation(
    summary="Publish news",
    body=News,
    answer=UpdateShown,
    status=201,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound, errors.WrongStatus],
    example={"title": "Third floor let", "body": "A firm of surveyors moves in."},
)
@requires(Perm.PUBLISH, POLICY)
def publish(deal_id: UUID, sent: News) -> UpdateShown:
    """Tell investors something new; they get a notice."""
    update = service.publish_update(
        current.session, actor=current.actor, deal_id=deal_id, title=sent.title, body=sent.body, now=current.now
    )
    return UpdateShown.model_validate(update)


@api.post("/deals/<uuid:deal_id>/questions")
@operation(
    summary="Answer what is often asked",
    body=NewQuestion,
    answer=Made,
    status=201,
    scope=Scope.ISSUE,
    key="honoured",
    problems=[errors.DealNotFound],
    example={"question": "Who pays the tax?", "answer": "You do, where you live."},
)
@requires(Perm.PUBLISH, POLICY)
def ask(deal_id: UUID, sent: NewQuestion) -> Made:
    """Add a question with its answer to the deal's page."""
    entry = service.add_question(
        current.session,
        actor=current.actor,
        deal_id=deal_id,
        question=sent.question,
        answer=sent.answer,
        now=current.now,
    )
    return Made(id=entry.id)


@api.delete("/deals/<uuid:deal_id>/questions/<uuid:question_id>")
@operation(
    summary="Take a question off", answer=Done, scope=Scope.ISSUE, key="honoured", problems=[errors.DealNotFound]
)
@requires(Perm.PUBLISH, POLICY)
def unask(deal_id: UUID, question_id: UUID) -> Done:
    """Take a question off the deal's page. One that isn't there is off."""
    service.remove_question(current.session, actor=current.actor, deal_id=deal_id, question_id=question_id)
    return Done()


def _ground() -> rules_terms.Ground:
    return ground_of(current.site.settings, current.now)


def _version(deal: Deal) -> str:
    return f"v{deal.form_version}-{deal.status}"


def _answer(deal: Deal) -> Answer:
    return Answer(_draft(deal), etag=_version(deal))


def _draft(deal: Deal) -> Draft:
    editable = deal.status in rules.EDITABLE
    return Draft(
        id=deal.id,
        slug=deal.slug,
        title=deal.title,
        asset_type=deal.kind,
        status=deal.status,
        version=deal.form_version,
        fields=deal.form,
        problems=rules_terms.read(deal.kind, deal.form, _ground()).problems if editable else {},
        editable=editable,
        currency=deal.asset_code,
        raised_amount=whole(deal.raised or 0, deal.asset) or "0",
        reserved_amount=whole(deal.reserved or 0, deal.asset) or "0",
        target_amount=whole(deal.hard_cap, deal.asset),
        investors=deal.investors_count or 0,
        changed_at=deal.changed_at,
    )
