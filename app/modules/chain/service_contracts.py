"""Contracts as the worker last saw them, and what using the chain costs: for pages, from the database alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.money import Asset
from app.core.permissions import Actor
from app.integrations.chain.port import Block
from app.modules.chain import queries_contracts, rules_contracts
from app.modules.chain.models_contracts import ChainSnapshot
from app.modules.chain.models_following import ChainVerification
from app.modules.chain.models_prices import ChainPrice
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_contracts import Counted
from app.modules.chain.rules_contracts import Picture
from app.modules.chain.service_fees import KIND, coin_asset
from app.modules.chain.service_prices import OLD_AFTER
from app.modules.ledger import service as ledger
from tenants import context
from tenants.service import Site
from tenants.session import platform_session

ASKED_FOR = timedelta(minutes=1)  # who asks again within this time is told that somebody did
MONTH = timedelta(days=30)
USUAL_GAS = 200_000  # units of a transaction, where none was sent lately
LOW = 50  # transactions that the operator's coin should still pay for


@dataclass(frozen=True)
class Inventory:
    """What is known of a tenant's contracts; `picture` is None before the first look and without a factory."""

    snapshot: ChainSnapshot | None
    picture: Picture | None
    escrows: Counted
    sources: dict[str, list[ChainVerification]]

    @property
    def waits(self) -> bool:
        """Whether somebody asked for a new look."""
        return self.snapshot is not None and self.snapshot.asked_at is not None


@dataclass(frozen=True)
class Spent:
    """What transactions of a kind cost, in wei, and how many they were: this month, and in the last 30 days."""

    kind: str
    month: int
    days: int
    transactions: int


@dataclass(frozen=True)
class Gas:
    """What the chain costs a tenant, in wei. `coin` is what the operator's key has, None where nobody looked yet.

    `lasts` is how many transactions that pays for at today's price, None where that isn't known.
    """

    kinds: list[Spent]
    month: int
    days: int
    transactions: int
    coin: int | None
    each_one: int
    lasts: int | None
    operator: str

    @property
    def low(self) -> bool:
        return self.lasts is not None and self.lasts < LOW


def inventory(session: Session, chain_id: int) -> Inventory:
    """Return the tenant's contracts as they were last seen."""
    row = queries_contracts.snapshot(session, chain_id)
    sources: dict[str, list[ChainVerification]] = defaultdict(list)
    with platform_session() as platform:
        for one in queries_contracts.verifications(platform, chain_id):
            sources[one.contract].append(one)
    return Inventory(row, _picture(row), queries_contracts.escrows(session, chain_id), sources)


def taken(site: Site, chain_id: int) -> dict[str, Asset]:
    """Return address → asset of what the site takes payments in, and of the chain's coin."""
    coin = coin_asset(chain_id)
    tokens = {
        one.contract: Asset(one.code, one.decimals, one.display_decimals)
        for one in site.settings.payment_tokens
        if one.chain_id == chain_id
    }
    return {str(coin.contract): coin} | tokens


def ask_refresh(session: Session, *, actor: Actor, chain_id: int, now: datetime) -> None:
    """Let the worker look at the contracts now; asking again within a minute changes nothing. Raises Forbidden."""
    POLICY.must(actor, ChainPermission.SEE)
    row = _row(session, chain_id)
    if row.asked_at is not None and now - row.asked_at < ASKED_FOR:
        return
    row.asked_at = now
    jobs.later(session, "chain.contracts", lock="contracts")


def keep(
    session: Session, *, chain_id: int, block: Block, body: dict[str, Any], announced: dict[str, Any], now: datetime
) -> None:
    """Keep what a look told. One that is about an earlier block than what is kept changes nothing else."""
    row = _row(session, chain_id)
    row.asked_at, row.trouble = None, ""
    if row.body and block.number < row.block_number and announced.get("factory") == row.announced.get("factory"):
        return
    row.block_number, row.block_time, row.taken_at = block.number, block.time, now
    row.body, row.announced = body, announced


def note_trouble(session: Session, *, chain_id: int, why: str) -> None:
    """Keep why a look told nothing."""
    row = _row(session, chain_id)
    row.asked_at, row.trouble = None, why[:500] or "no answer"


def is_due(session: Session, chain_id: int, *, older: timedelta, now: datetime) -> bool:
    """Tell whether the contracts should be looked at again: after a while, or because there is a new one."""
    row = queries_contracts.snapshot(session, chain_id)
    if row is None or row.taken_at is None or now - row.taken_at > older:
        return True
    return queries_contracts.newest(session, chain_id) > row.taken_at


def gas(session: Session, chain_id: int, *, month: datetime, now: datetime) -> Gas:
    """Return what the chain cost since `month` began and in the last 30 days, and how long the operator's coin lasts.

    Figures are the ledger's: transactions whose block is final.
    """
    days, recent = _booked(session, now - MONTH), _booked(session, month)
    intents = queries_contracts.intents(session, {*days, *recent})
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    used = []
    for one in intents:
        if one.chain_id != chain_id:
            continue
        sums = kinds[one.kind]
        sums[0] += recent.get(one.id, 0)
        if one.id in days:
            sums[1], sums[2] = sums[1] + days[one.id], sums[2] + 1
            used.append((one.gas_used or 0, days[one.id]))
    spent = sorted((Spent(kind, *sums) for kind, sums in kinds.items()), key=lambda one: (-one.days, one.kind))
    picture = _picture(queries_contracts.snapshot(session, chain_id))
    each_one = _each_one(chain_id, used, now)
    coin = picture.operator_coin if picture else None
    return Gas(
        kinds=spent,
        month=sum(one.month for one in spent),
        days=sum(one.days for one in spent),
        transactions=sum(one.transactions for one in spent),
        coin=coin,
        each_one=each_one,
        lasts=coin // each_one if coin is not None and each_one else None,
        operator=picture.keys["operator"] if picture else "",
    )


def _booked(session: Session, since: datetime) -> dict[UUID, int]:
    keys = ledger.amounts(session, kind=KIND, account="gas_paid", since=since)
    return {UUID(key.removeprefix("gas:")): amount for key, amount in keys.items()}


def _each_one(chain_id: int, used: list[tuple[int, int]], now: datetime) -> int:
    """Return what a usual transaction costs in wei: at today's price where it is known, else as the last ones did."""
    with platform_session() as session:
        price = session.get(ChainPrice, chain_id)
    gas_each = sum(one for one, _cost in used) // len(used) if used else USUAL_GAS
    paid_each = sum(cost for _gas, cost in used) // len(used) if used else 0
    if price is not None and now - price.seen_at <= OLD_AFTER:
        return max(price.gas_price * gas_each, 1)
    return paid_each


def _picture(row: ChainSnapshot | None) -> Picture | None:
    return rules_contracts.read(row.body) if row is not None and row.body else None


def _row(session: Session, chain_id: int) -> ChainSnapshot:
    empty: dict[str, Any] = {"block_number": 0, "trouble": "", "announced": {}, "body": {}}
    made = insert(ChainSnapshot).values(tenant_id=context.tenant_id(), chain_id=chain_id, **empty)
    session.execute(made.on_conflict_do_nothing())
    row = queries_contracts.snapshot(session, chain_id, lock=True)
    assert row is not None
    return row
