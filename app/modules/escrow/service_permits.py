"""Paying with one signature and one transaction, or with two signatures alone, where the token takes a permit."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.chain import service as chain
from app.modules.chain.service import PreparedPermit, PreparedRequest, PreparedTransaction
from app.modules.escrow import rules
from app.modules.escrow.errors import NothingToPay
from app.modules.escrow.models import Escrow
from app.modules.escrow.permissions import POLICY, EscrowPermission


def permit(session: Session, escrow: Escrow, *, now: datetime) -> PreparedPermit | None:
    """Return what the payer may sign instead of an approval, or None where the token takes none.

    Raises NothingToPay unless the escrow is expected, NoFactory.
    """
    _must_be_expected(escrow)
    return chain.prepare_permit(
        session,
        chain_id=escrow.chain_id,
        payer=escrow.payer,
        asset=escrow.asset_contract,
        amount=escrow.amount,
        price=rules.written(escrow.asset, escrow.amount),
        now=now,
    )


def payment_with_permit(
    session: Session, escrow: Escrow, *, nonce: int, deadline: int, signature: str, now: datetime
) -> PreparedTransaction:
    """Return the one transaction that pays, with the permit that the payer signed.

    Raises NothingToPay unless the escrow is expected, PermitNotSigned, NoFactory.
    """
    _must_be_expected(escrow)
    return chain.prepare_deposit_with_permit(
        session,
        chain_id=escrow.chain_id,
        investment_id=escrow.id,
        deal_id=escrow.deal_id,
        payer=escrow.payer,
        asset=escrow.asset_contract,
        amount=escrow.amount,
        price=rules.written(escrow.asset, escrow.amount),
        nonce=nonce,
        deadline=deadline,
        signature=signature,
        now=now,
    )


def request(session: Session, escrow: Escrow, *, call: PreparedTransaction, now: datetime) -> PreparedRequest | None:
    """Return what the payer signs so that the platform sends `call`; None where the platform wouldn't now."""
    return chain.prepare_request(
        session, chain_id=escrow.chain_id, user_id=escrow.user_id, payer=escrow.payer, call=call, now=now
    )


def pay_at_our_expense(
    session: Session,
    escrow: Escrow,
    *,
    actor: Actor,
    call: PreparedTransaction,
    nonce: int,
    deadline: int,
    signature: str,
    now: datetime,
) -> None:
    """Send the payment for its payer, who signed for it. Asking again sends it once.

    Raises Forbidden or NoEscrow for anybody else's payment, NothingToPay unless the escrow is expected, FeesNotPaid,
    FeeLimitReached, FeeBudgetSpent, RequestUsed, RequestNotSigned.
    """
    POLICY.must(actor, EscrowPermission.SEE, escrow)
    _must_be_expected(escrow)
    chain.sponsor(
        session,
        chain_id=escrow.chain_id,
        investment_id=escrow.id,
        user_id=escrow.user_id,
        payer=escrow.payer,
        call=call,
        nonce=nonce,
        deadline=deadline,
        signature=signature,
        now=now,
    )


def _must_be_expected(escrow: Escrow) -> None:
    if escrow.status != "expected":
        raise NothingToPay
