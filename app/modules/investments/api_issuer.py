"""Who invested in a deal, through the JSON door, for its issuer and the officers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint

from app.core.scopes import Scope
from app.modules.accounts import service as accounts
from app.modules.deals import errors as deal_errors
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.investments import errors, queries
from app.modules.investments.forms import written
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Shape, operation

api = Blueprint("deal_investors_api", __name__, url_prefix="/api/issuer/deals")


class Investor(Shape):
    """Somebody who invested."""

    id: UUID
    number: str | None
    investor: str
    investor_kind: str
    status: str
    amount: str
    currency: str
    pledged_at: datetime | None
    held_at: datetime | None
    completed_at: datetime | None


class InvestorFile(Investor):
    """One investment in a deal. `escrow` is the state of its escrow, none before its payer is known.

    The hashes are those of the transactions that paid into the escrow, ended it, and returned money of a failed deal.
    """

    tokens: str
    price: str
    escrow: str | None
    decide_by: datetime | None
    expires_at: datetime | None
    paid_in: str | None
    ended: str | None
    returned: str | None


class Investors(Shape):
    """A part of a deal's investments, newest first."""

    investors: list[Investor]
    total: int
    has_more: bool


@api.get("/<uuid:deal_id>/investors")
@operation(
    summary="List a deal's investors",
    query=Listed,
    answer=Investors,
    scope=Scope.READ,
    problems=[deal_errors.DealNotFound],
)
@requires(Perm.LIST, POLICY)
def index(deal_id: UUID, asked: Listed) -> Investors:
    """Answer with who pledged or paid; drafts are nobody else's business."""
    deals.must_see_money(current.session, actor=current.actor, deal_id=deal_id)
    found = queries.of_deal(current.session, deal_id, page=asked.page)
    shown = [Investor(**_line(each)) for each in found.items]
    return Investors(investors=shown, total=found.total, has_more=found.has_more)


@api.get("/<uuid:deal_id>/investors/<uuid:investment_id>")
@operation(
    summary="Read an investment in a deal",
    answer=InvestorFile,
    scope=Scope.READ,
    problems=[deal_errors.DealNotFound, errors.UnknownInvestment],
)
@requires(Perm.LIST, POLICY)
def show(deal_id: UUID, investment_id: UUID) -> InvestorFile:
    """Answer with one investment and what the chain says of it; drafts are nobody else's business."""
    deals.must_see_money(current.session, actor=current.actor, deal_id=deal_id)
    found = queries.pledged(current.session, deal_id, investment_id)
    kept = escrow.of_investment(current.session, investment_id)
    return InvestorFile(
        **_line(found),
        tokens=found.token.plain(found.tokens),
        price=found.asset.plain(found.price),
        escrow=kept.status if kept else None,
        decide_by=kept.decide_by if kept else None,
        expires_at=kept.expires_at if kept else None,
        paid_in=(kept.opened_tx if kept else "") or None,
        ended=(kept.closed_tx if kept else "") or None,
        returned=(kept.returned_tx if kept else "") or None,
    )


def _line(each: Investment) -> dict[str, Any]:
    return {
        "id": each.id,
        "number": each.number,
        "investor": each.holder_name or accounts.person(current.session, each.user_id).name,
        "investor_kind": each.holder_kind,
        "status": each.status,
        "amount": written(each.amount, each.asset).replace(",", ""),
        "currency": each.asset.code,
        "pledged_at": each.pledged_at,
        "held_at": each.held_at,
        "completed_at": each.completed_at,
    }
