"""A deal's sale on the chain: pause it, end it, and give back what a failed one keeps."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.config import Settings
from app.integrations.chain.contracts import TokenSale
from app.integrations.chain.port import Call
from app.modules.chain.models import ChainIntent
from app.modules.chain.rules import PreparedTransaction
from app.modules.chain.service_intents import intend, operator_key
from app.modules.chain.service_wallets import ask_demo, prepared

SaleVerb = Literal["finalise", "fail", "pause", "unpause"]
SALE_VERBS: tuple[SaleVerb, ...] = ("finalise", "fail", "pause", "unpause")


def ask_sale(
    session: Session,
    *,
    key: str,
    chain_id: int,
    deal_id: UUID,
    sale: str,
    verb: SaleVerb,
    now: datetime,
    reason: str = "",
) -> ChainIntent:
    """Ask for a step of a deal's sale by the operator's key. The same key again changes nothing.

    The intent's kind is `sale.` and the verb; `reason` (its first 32 bytes) goes with `fail`.
    """
    contract = TokenSale(sale)
    calls = {
        "finalise": contract.finalise,
        "fail": lambda: contract.fail(reason),
        "pause": contract.pause,
        "unpause": contract.unpause,
    }
    return intend(
        session,
        key=key,
        kind=f"sale.{verb}",
        subject_id=deal_id,
        chain_id=chain_id,
        signer=operator_key(),
        call=calls[verb](),
        now=now,
    )


def prepare_claim(*, chain_id: int, sale: str, investment_id: UUID, payer: str, price: str) -> PreparedTransaction:
    """Return the call by which a failed sale pays an investor back; anyone may send it. `price` in words."""
    summary = _("Take %(price)s back from the deal’s contract", price=price)
    return prepared(chain_id, TokenSale(sale).claim_refund(investment_id, payer=payer), summary)


def ask_demo_claim(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    investment_id: UUID,
    transaction: PreparedTransaction,
    now: datetime,
) -> list[ChainIntent]:
    """Let a person's demo wallet take money out of a failed sale. Raises OnlyLocally on other chains."""
    call = Call(to=transaction.to, data=transaction.data, value=transaction.value)
    return ask_demo(
        session,
        settings=settings,
        user_id=user_id,
        subject_id=investment_id,
        chain_id=transaction.chain_id,
        calls=[("demo.claim", call)],
        now=now,
    )
