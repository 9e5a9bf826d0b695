"""Escrows through the JSON door, for those who decide about them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.escrow import errors, queries, service
from app.modules.escrow.models import Escrow
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Shape, operation

api = Blueprint("escrow_api", __name__, url_prefix="/api/admin/escrows")

State = Literal[
    "all", "expected", "arriving", "held", "releasing", "released", "refunding", "refunded", "returning", "returned"
]


class Asked(Listed):
    """Which escrows."""

    status: State = "held"


class Refusal(Body):
    """Why the money goes back."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EscrowShown(Shape):
    """An investment's escrow: `decideBy` is when the investor may take the money back alone."""

    id: UUID
    deal_id: UUID
    user_id: UUID
    status: str
    amount: str
    currency: str
    payer: str
    chain_id: int
    opened_tx: str | None
    opened_at: datetime | None
    decide_by: datetime | None
    expires_at: datetime | None


class Escrows(Shape):
    """A part of the list: those that wait for a decision first."""

    escrows: list[EscrowShown]
    total: int
    has_more: bool


@api.get("")
@operation(summary="List escrows", query=Asked, answer=Escrows, scope=Scope.OFFICE_READ)
@requires(EscrowPermission.LIST, POLICY)
def index(asked: Asked) -> Escrows:
    """Answer with escrows by state."""
    status = None if asked.status == "all" else asked.status
    found = queries.listing(current.session, status=status, page=asked.page)
    return Escrows(escrows=[_shown(each) for each in found.items], total=found.total, has_more=found.has_more)


@api.get("/<uuid:investment_id>")
@operation(summary="Read an escrow", answer=EscrowShown, scope=Scope.OFFICE_READ, problems=[errors.NoEscrow])
@requires(EscrowPermission.LIST, POLICY)
def show(investment_id: UUID) -> EscrowShown:
    """Answer with one investment's escrow."""
    return _shown(queries.get(current.session, investment_id))


@api.post("/<uuid:investment_id>/approve")
@operation(
    summary="Release an escrow",
    answer=EscrowShown,
    scope=Scope.OFFICE,
    key="required",
    problems=[errors.NoEscrow, errors.NotHeld],
)
@requires(EscrowPermission.DECIDE, POLICY)
def approve(investment_id: UUID) -> EscrowShown:
    """Release the money to the deal; the chain does it, a task sees to it."""
    service.approve(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    return _shown(queries.get(current.session, investment_id))


@api.post("/<uuid:investment_id>/reject")
@operation(
    summary="Send an escrow back",
    body=Refusal,
    answer=EscrowShown,
    scope=Scope.OFFICE,
    key="required",
    problems=[errors.NoEscrow, errors.NotHeld, errors.ReasonNeeded],
    example={"reason": "The source of the funds isn't shown."},
)
@requires(EscrowPermission.DECIDE, POLICY)
def reject(investment_id: UUID, sent: Refusal) -> EscrowShown:
    """Send the money back to the wallet that it came from."""
    service.reject(
        current.session, actor=current.actor, investment_id=investment_id, reason=sent.reason, now=current.now
    )
    return _shown(queries.get(current.session, investment_id))


def _shown(each: Escrow) -> EscrowShown:
    return EscrowShown(
        id=each.id,
        deal_id=each.deal_id,
        user_id=each.user_id,
        status=each.status,
        amount=each.asset.plain(each.amount),
        currency=each.asset_code,
        payer=each.payer,
        chain_id=each.chain_id,
        opened_tx=each.opened_tx or None,
        opened_at=each.opened_at,
        decide_by=each.decide_by,
        expires_at=each.expires_at,
    )
