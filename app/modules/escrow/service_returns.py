"""Money that was released and comes back, because the deal's sale failed: seen, then booked when it is final."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.config import Settings
from app.core import outbox
from app.core.permissions import Actor, system
from app.modules.chain import service as chain
from app.modules.chain.service import ChainLog, PreparedTransaction
from app.modules.escrow import queries, rules
from app.modules.escrow.errors import NothingToClaim
from app.modules.escrow.events import EscrowReturned
from app.modules.escrow.models import Escrow
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.modules.escrow.service_decisions import decide
from app.modules.ledger import service as ledger
from app.modules.ledger.service import Line
from tenants import context


def catch_up(session: Session, escrow: Escrow, log: ChainLog | None, now: datetime) -> None:
    """Bring a released escrow to what the sale announced: nothing, a return that was seen, or one that is final."""
    if log is None:
        if escrow.status == "returning":  # a reorganisation took it back
            escrow.status, escrow.updated_at = "released", now
    elif log.state == "final":
        _returned(session, escrow, log, now)
    elif escrow.status == "released":
        escrow.status, escrow.updated_at = "returning", now


def claim_transaction(session: Session, escrow: Escrow, *, sale: str) -> PreparedTransaction:  # noqa: ARG001
    """Return the call by which the failed sale at this address pays the investor back.

    Whether the sale failed is the caller's knowledge. Raises NothingToClaim unless the money was released to it.
    """
    if escrow.status != "released":
        raise NothingToClaim
    price = rules.written(escrow.asset, escrow.accepted)
    return chain.prepare_claim(
        chain_id=escrow.chain_id, sale=sale, investment_id=escrow.id, payer=escrow.payer, price=price
    )


def claim_with_demo_wallet(
    session: Session, *, actor: Actor, investment_id: UUID, sale: str, settings: Settings, now: datetime
) -> Escrow:
    """Let the person's demo wallet take the money out of a failed sale (local chain only).

    Raises Forbidden, NoEscrow, NothingToClaim, OnlyLocally.
    """
    escrow = queries.get(session, investment_id)
    POLICY.must(actor, EscrowPermission.SEE, escrow)
    chain.ask_demo_claim(
        session,
        settings=settings,
        user_id=escrow.user_id,
        investment_id=escrow.id,
        transaction=claim_transaction(session, escrow, sale=sale),
        now=now,
    )
    return escrow


def release_again(session: Session, *, deal_id: UUID, now: datetime) -> int:
    """Release what the chain refused only because the deal's sale was paused; return how many escrows that were."""
    refused = [one for one in queries.of_deal(session, deal_id, "held") if one.problem.startswith("TokenSale_Paused")]
    actor = system(context.tenant_id(), "verification")
    for escrow in refused:
        decide(session, escrow, actor=actor, verdict="release", reason="", now=now)
    return len(refused)


def _returned(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    escrow.status, escrow.updated_at = "returned", now
    escrow.returned_tx, escrow.returned_at = log.tx_hash, log.block_time
    asset, deal_id = escrow.asset.key, escrow.deal_id
    parts = [("deal_proceeds", escrow.accepted - escrow.fee), ("fees_due", escrow.fee)]
    ledger.post(
        session,
        key=f"escrow:{escrow.id}:return",
        kind="escrow.return",
        cause=f"log:{log.id}",
        lines=[
            *[Line(account=kind, owner_id=deal_id, asset=asset, amount=part) for kind, part in parts if part],
            Line(account="chain_custody", owner_id=deal_id, asset=asset, amount=-escrow.accepted),
        ],
        now=now,
    )
    told = {**rules.subject(escrow), "amount": escrow.accepted}
    outbox.record(session, EscrowReturned(**told, tx_hash=log.tx_hash))
