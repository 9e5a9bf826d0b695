"""What our transactions cost: each final one books its network fee once, in the chain's native coin."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.money import Asset
from app.integrations.chain.keys import DEMO
from app.integrations.chain.networks import network
from app.modules.chain import queries
from app.modules.chain.models import ChainIntent
from app.modules.chain.rules import ZERO_ADDRESS
from app.modules.chain.service_carrying import is_carried
from app.modules.ledger import service as ledger
from app.modules.ledger.service import Difference, Line

KIND = "gas"
FRESH = timedelta(minutes=2)  # how long the booking of a settled transaction may take


@dataclass(frozen=True)
class Fees:
    """What a tenant's transactions cost on one chain: in base units of `asset`, its native coin."""

    asset: Asset
    amount: int
    transactions: int


def coin_asset(chain_id: int) -> Asset:
    """Return a chain's native coin as an asset."""
    return Asset(network(chain_id).coin, 18, 6, chain_id=chain_id, contract=ZERO_ADDRESS)


def cause(intent_id: UUID) -> str:
    """Return what a transaction's fee is booked because of."""
    return f"intent:{intent_id}"


def book_fee(session: Session, *, intent_id: UUID, now: datetime) -> int:
    """Book what an intent's transaction cost in its final block, once; return it in wei.

    0, and nothing is booked, for an intent that never was in a block, for one that another carried there, and for
    those that a person's own wallet paid.
    """
    intent = queries.intent(session, intent_id)
    cost = _cost(intent)
    if cost:
        asset = coin_asset(intent.chain_id).key
        ledger.post(
            session,
            key=f"gas:{intent.id}",
            kind=KIND,
            cause=cause(intent.id),
            lines=[
                Line(account="gas_paid", asset=asset, amount=cost),
                Line(account="gas_advanced", asset=asset, amount=-cost),
            ],
            now=now,
        )
    return cost


def fees_paid(session: Session) -> list[Fees]:
    """Return what the tenant's transactions cost so far, chain by chain, as the ledger has it."""
    chains = session.scalars(select(ChainIntent.chain_id).distinct().order_by(ChainIntent.chain_id)).all()
    counted = dict.fromkeys(chains, 0)
    for intent in _settled(session):
        counted[intent.chain_id] += 1
    assets = {chain_id: coin_asset(chain_id) for chain_id in chains}
    return [
        Fees(assets[chain_id], ledger.total(session, "gas_paid", asset=assets[chain_id].key), counted[chain_id])
        for chain_id in chains
    ]


def fee_differences(session: Session, *, now: datetime) -> list[Difference]:
    """Return where the fees that were booked and the receipts of settled transactions disagree, in wei.

    A transaction that became final a moment ago may not be booked yet.
    """
    booked = ledger.amounts(session, kind=KIND, account="gas_paid")
    found = []
    for intent in _settled(session):
        amount = booked.pop(f"gas:{intent.id}", 0)
        if amount != _cost(intent) and (amount or now - intent.updated_at > FRESH):
            values = {"transaction": intent.tx_hash}
            found.append(Difference(code="gas", values=values, booked=amount, counted=_cost(intent)))
    for key, amount in booked.items():
        found.append(Difference(code="gas-unknown", values={"key": key}, booked=amount, counted=0))
    return found


def _settled(session: Session) -> Iterator[ChainIntent]:
    ended = ChainIntent.state.not_in(queries.OPEN)
    ours = ~func.starts_with(ChainIntent.signer, DEMO)
    mined = ChainIntent.block_number.is_not(None)
    yield from session.scalars(select(ChainIntent).where(ended, mined, ours, ~is_carried()))


def _cost(intent: ChainIntent) -> int:
    """Return the wei that an intent's transaction took from an account of the platform, 0 for none."""
    if intent.block_number is None or intent.is_carried or intent.signer.startswith(DEMO):
        return 0
    return (intent.gas_used or 0) * (intent.gas_price or 0)
