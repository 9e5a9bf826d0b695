"""What a payment needs to be signed: the permit, the request that the platform sends, the fee, the ways back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import AppError
from app.core.permissions import Actor
from app.modules.chain import service as chain
from app.modules.chain.errors import FeesNotPaid
from app.modules.deals.service import InvestableDeal
from app.modules.escrow import service as escrow
from app.modules.escrow.service import Escrow, PreparedPermit, PreparedRequest, PreparedTransaction
from app.modules.investments import queries
from app.modules.investments.errors import NothingPaid
from app.modules.investments.permissions import POLICY, Perm


@dataclass(frozen=True)
class Fee:
    """What the network takes of the payer, and whether the platform pays it: `free`, or why not (None: not offered)."""

    fee: chain.Estimate | None = None
    free: bool = False
    why_not: AppError | None = None


def fee_of(session: Session, *, actor: Actor, deal: InvestableDeal, now: datetime) -> Fee:
    """Return what paying for an investment in the deal costs the actor's wallet."""
    if not deal.asset.chain_id:
        return Fee()
    chain_id, contract = deal.asset.chain_id, deal.asset.contract or chain.ZERO_ADDRESS
    refused: AppError | None = FeesNotPaid()
    if chain.permit_domain(chain_id, contract) is not None:
        refused = chain.fee_refusal(session, chain_id=chain_id, user_id=actor.require_id(), now=now)
    why_not = None if isinstance(refused, FeesNotPaid) else refused
    return Fee(chain.payment_estimate(chain_id, contract, now=now), refused is None, why_not)


def permit_of(session: Session, kept: Escrow | None, *, now: datetime) -> PreparedPermit | None:
    """Return what the payer may sign instead of an approval; None where there is nothing. Raises NothingToPay."""
    return escrow.permit(session, kept, now=now) if kept else None


def with_permit(
    session: Session, *, actor: Actor, investment_id: UUID, permit: dict[str, Any], now: datetime
) -> tuple[PreparedTransaction, PreparedRequest | None]:
    """Return the one transaction that pays with a signed permit, and what is signed instead of sending it.

    `permit` has nonce, deadline (numbers) and signature. The second is None where the platform wouldn't pay the network
    fee now. Raises UnknownInvestment, NothingPaid, NothingToPay, PermitNotSigned, NoFactory.
    """
    kept = _kept(session, actor, investment_id)
    paying = escrow.payment_with_permit(session, kept, now=now, **permit)
    return paying, escrow.request(session, kept, call=paying, now=now)


def pay_at_our_expense(
    session: Session,
    *,
    actor: Actor,
    investment_id: UUID,
    permit: dict[str, Any],
    request: dict[str, Any],
    now: datetime,
) -> None:
    """Send the payment for its payer, who signed the permit and the request. Asking again sends it once.

    Raises as `with_permit` and escrow.pay_at_our_expense.
    """
    kept = _kept(session, actor, investment_id)
    paying = escrow.payment_with_permit(session, kept, now=now, **permit)
    escrow.pay_at_our_expense(session, kept, actor=actor, call=paying, now=now, **request)


def refund_transaction(session: Session, *, actor: Actor, investment_id: UUID) -> PreparedTransaction:
    """Return the call that takes undecided money back. Raises UnknownInvestment, NothingPaid, TooEarly."""
    return escrow.refund_transaction(session, _kept(session, actor, investment_id))


def _kept(session: Session, actor: Actor, investment_id: UUID) -> Escrow:
    investment = queries.get(session, investment_id)
    POLICY.must(actor, Perm.ACT, investment)
    kept = escrow.of_investment(session, investment.id)
    if kept is None:
        raise NothingPaid
    return kept
