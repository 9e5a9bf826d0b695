"""The conversation of issuer and reviewers about a deal, through the JSON door."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint

from app.core.scopes import Scope
from app.modules.deals import api_issuer, errors, queries, service
from app.modules.deals.api_issuer import Line
from app.modules.deals.models import Deal
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.views_issuer import own
from app.web.access import requires
from app.web.current import current
from app.web.operations import Shape, operation

api = Blueprint("deals_conversation_api", __name__, url_prefix="/api")
DOORS = (api_issuer.api, api)


class CommentShown(Shape):
    """A line of the conversation."""

    id: UUID
    author_name: str
    is_reviewer: bool
    body: str
    at: datetime


class Conversation(Shape):
    """The whole conversation about a deal, the oldest line first."""

    comments: list[CommentShown]


@api.get("/issuer/deals/<uuid:deal_id>/comments")
@operation(
    summary="Read the conversation about your deal",
    answer=Conversation,
    scope=Scope.READ,
    problems=[errors.DealNotFound],
)
@requires(Perm.DRAFT, POLICY)
def mine(deal_id: UUID) -> Conversation:
    """Answer with what you and the reviewers wrote to each other."""
    return _conversation(own(deal_id))


@api.get("/admin/deals/<uuid:deal_id>/comments")
@operation(
    summary="Read the conversation about a deal",
    answer=Conversation,
    scope=Scope.OFFICE_READ,
    problems=[errors.DealNotFound],
)
@requires(Perm.REVIEW, POLICY)
def show(deal_id: UUID) -> Conversation:
    """Answer with what issuer and reviewers wrote to each other."""
    return _conversation(service.load(current.session, deal_id))


@api.post("/admin/deals/<uuid:deal_id>/comments")
@operation(
    summary="Write to the issuer",
    body=Line,
    answer=Conversation,
    status=201,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[errors.DealNotFound],
    example={"body": "Which surveyor made the valuation?"},
)
@requires(Perm.REVIEW, POLICY)
def write(deal_id: UUID, sent: Line) -> Conversation:
    """Add a line to the conversation about a deal."""
    service.comment(current.session, actor=current.actor, deal_id=deal_id, body=sent.body, now=current.now)
    return _conversation(service.load(current.session, deal_id))


def _conversation(deal: Deal) -> Conversation:
    lines = queries.comments(current.session, deal.id)
    return Conversation(comments=[CommentShown.model_validate(line) for line in lines])
