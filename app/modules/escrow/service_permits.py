"""Paying with one signature and one transaction, where the payment token takes a permit."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.modules.chain import service as chain
from app.modules.chain.service import PreparedPermit, PreparedTransaction
from app.modules.escrow import rules
from app.modules.escrow.errors import NothingToPay
from app.modules.escrow.models import Escrow


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


def _must_be_expected(escrow: Escrow) -> None:
    if escrow.status != "expected":
        raise NothingToPay
