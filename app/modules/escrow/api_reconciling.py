"""Books against contracts, and deposits that nobody expects, through the JSON door."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.money import Asset
from app.core.scopes import Scope
from app.modules.approvals import service as approvals
from app.modules.approvals.errors import AlreadyAsked
from app.modules.chain import service as chain
from app.modules.escrow import api as escrows
from app.modules.escrow import errors, queries, service, service_reconciling
from app.modules.escrow.models import StrayDeposit
from app.modules.escrow.models_reconciling import Reconciliation
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("reconciliation_api", __name__, url_prefix="/api/admin")
DOORS = (escrows.api, api)
LIST = requires(EscrowPermission.LIST, POLICY)


class Settling(Body):
    """What was found out about the differences; a colleague decides by it."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Differing(Shape):
    """One difference: a code with its values, what it `says`, and both figures as they were kept.

    Amounts are in base units, as the contract counts them.
    """

    code: str
    values: dict[str, str]
    says: str
    booked: str
    counted: str


class Comparison(Shape):
    """A result of comparing books and contracts, found `times` times from `firstAt` to `lastAt`."""

    id: UUID
    chain_id: int
    block_number: int
    journals: int
    escrows: int
    differences: list[Differing]
    first_at: datetime
    last_at: datetime
    times: int


class ReconciliationShown(Shape):
    """The newest comparison, and earlier ones. While `standsStill`, nothing is released to deals or paid to issuers.

    `approvalId` is the open request to let payouts go on.
    """

    stands_still: bool
    since: datetime | None
    approval_id: UUID | None
    newest: Comparison | None
    earlier: list[Comparison]


class ResumeAsked(Shape):
    """The request that a second person has to answer, and until when."""

    approval_id: UUID
    expires_at: datetime


class Stray(Shape):
    """Money that matches no open payment: it is credited to nobody. `why` says what didn't match."""

    id: UUID
    investment_id: UUID
    payer: str
    amount: str
    currency: str
    why: str
    arrived_at: datetime
    returning_at: datetime | None


class Strays(Shape):
    """Every deposit that nobody expects and that hasn't arrived back at its payer."""

    deposits: list[Stray]


@api.get("/reconciliation")
@operation(summary="Compare books and contracts", answer=ReconciliationShown, scope=Scope.OFFICE_READ)
@LIST
def index() -> ReconciliationShown:
    """Answer with the newest comparison, what stands still because of it, and how earlier ones ended."""
    found, freeze = service_reconciling.past(current.session), chain.payout_freeze(current.session)
    asked = approvals.open_one(current.session, service_reconciling.RESUME, freeze.id) if freeze else None
    shown = [_comparison(each) for each in found]
    return ReconciliationShown(
        stands_still=freeze is not None,
        since=freeze.since if freeze else None,
        approval_id=asked.id if asked else None,
        newest=shown[0] if shown else None,
        earlier=shown[1:],
    )


@api.post("/reconciliation/resume")
@operation(
    summary="Ask to let payouts go on", body=Settling, answer=ResumeAsked, status=202, scope=Scope.OFFICE,
    key="honoured", problems=[errors.NothingStandsStill, AlreadyAsked],
    example={"reason": "A deposit was counted twice while the node was out; both agree now."},
)  # fmt: skip
@requires(EscrowPermission.SETTLE, POLICY)
@fresh
def resume(sent: Settling) -> ResumeAsked:
    """Ask for a second person to let payouts go on; until then they stand still."""
    asked = service_reconciling.ask_to_resume(current.session, actor=current.actor, reason=sent.reason, now=current.now)
    return ResumeAsked(approval_id=asked.id, expires_at=asked.expires_at)


@api.get("/escrows/strays")
@operation(summary="List deposits that nobody expects", answer=Strays, scope=Scope.OFFICE_READ)
@LIST
def strays() -> Strays:
    """Answer with money that arrived on the chain and matches no open payment exactly."""
    found = queries.strays(current.session)
    assets = service.stray_assets(current.site, found)
    return Strays(deposits=[_stray(each, assets[each.asset]) for each in found])


@api.post("/escrows/strays/<uuid:stray_id>/return")
@operation(
    summary="Send a deposit back that nobody expects", answer=Stray, scope=Scope.OFFICE, key="required",
    problems=[errors.NoEscrow],
)  # fmt: skip
@requires(EscrowPermission.DECIDE, POLICY)
def send_back(stray_id: UUID) -> Stray:
    """Send it back to the wallet that it came from; again only where the chain refused it before."""
    found = service.send_back(current.session, actor=current.actor, stray_id=stray_id, now=current.now)
    return _stray(found, service.stray_assets(current.site, [found])[found.asset])


def _comparison(each: Reconciliation) -> Comparison:
    kept = {name: getattr(each, name) for name in Comparison.model_fields if name != "differences"}
    return Comparison(**kept, differences=[_differing(one) for one in each.differences])


def _differing(one: dict[str, Any]) -> Differing:
    return Differing(
        code=str(one.get("code", "")),
        values={name: str(value) for name, value in one.get("values", {}).items()},
        says=approvals.said(one),
        booked=str(one.get("booked", "")),
        counted=str(one.get("counted", "")),
    )


def _stray(each: StrayDeposit, asset: Asset) -> Stray:
    return Stray(
        id=each.id,
        investment_id=each.investment_id,
        payer=each.payer,
        amount=asset.plain(each.amount),
        currency=asset.code,
        why=each.why,
        arrived_at=each.created_at,
        returning_at=each.returning_at,
    )
