"""How the chain does for a site, what it costs, and what is paid for investors, through the JSON door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.accounts import service as accounts
from app.modules.chain import api as hints
from app.modules.chain import (
    api_console,
    api_contracts,
    api_following,
    api_signer,
    api_transactions,
    queries,
    queries_sponsoring,
    queries_transactions,
    rules,
    service,
    service_contracts,
    service_following,
    service_signer,
    service_sponsoring,
)
from app.modules.chain.api_following import Followed
from app.modules.chain.api_transactions import GWEI
from app.modules.chain.models import ChainIntent
from app.modules.chain.models_sponsoring import Sponsoring
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.rules_sponsoring import MOST_A_DAY
from app.modules.chain.service_fees import coin_asset
from app.web.access import requires
from app.web.current import current
from app.web.operations import Body, Shape, operation

api = Blueprint("chain_office_api", __name__, url_prefix="/api/admin")
DOORS = (hints.api, api, api_contracts.api, api_transactions.api)
CONSOLE = (api_console.api, api_signer.api)
SEE = requires(ChainPermission.SEE, POLICY)


class Paid(Shape):
    """What the site's transactions cost on a chain so far, in `currency`."""

    chain_id: int
    amount: str
    currency: str
    transactions: int


class Contract(Shape):
    """A contract of the site, and since when."""

    kind: str
    address: str
    deal_id: UUID | None
    tx_hash: str | None
    created_at: datetime


class ChainShown(Followed):
    """How the chain is followed for this site, its contracts, its transactions by state, and what they cost.

    `alarms` are the codes of what alarms now, without what concerns another site or only who runs the installation.
    """

    alarms: list[str]
    contracts: list[Contract]
    transactions: dict[str, int]
    fees: list[Paid]


class FeesOfKind(Shape):
    """What transactions of a kind cost: this month, and in the last 30 days, when they were so many."""

    kind: str
    month: str
    days: str
    transactions: int


class FeesShown(Shape):
    """What the chain costs the site, in `currency`, by final blocks; `month` is this one, `days` the last 30.

    `operatorCoin` is what the operator's key has, `lasts` for how many transactions that is enough, each null where
    it isn't known. Caps are what a unit of gas may cost, in gwei.
    """

    currency: str
    month: str
    days: str
    transactions: int
    kinds: list[FeesOfKind]
    operator: str
    operator_coin: str | None
    lasts: int | None
    is_low: bool
    usual_cap: str
    urgent_cap: str


class Carried(Shape):
    """A payment whose network fee was paid, or was to be."""

    transaction_id: UUID
    investment_id: UUID
    user_id: UUID
    name: str
    state: str
    fee: str | None
    created_at: datetime


class SponsoringShown(Shape):
    """The budget for investors' network fees in `currency`, whether it is used, and for whom it was.

    Without a budget of the operator the amounts are null. `free` is what the next payment may take.
    """

    on: bool
    a_day: int
    currency: str
    budget: str | None
    left: str | None
    free: str | None
    period: str | None
    begun_at: datetime | None
    ends_at: datetime | None
    carried: list[Carried]


class SponsoringWish(Body):
    """Whether the platform pays investors' network fees, and how often in 24 hours for one person."""

    on: bool
    a_day: Annotated[int, Field(ge=1, le=MOST_A_DAY)]


@api.get("/chain")
@operation(summary="How the chain does", answer=ChainShown, scope=Scope.OFFICE_READ)
@SEE
def chain() -> ChainShown:
    """Answer with how far the chain was followed, which contracts the site has, and what its transactions cost."""
    found = service_following.following(current.site.settings.chain_id)
    return ChainShown(
        **api_following.facts(found, current.site.settings.chain_id),
        alarms=[each.kind for each in found.about_all],
        contracts=[
            Contract(
                kind=each.kind, address=each.address, deal_id=each.deal_id, tx_hash=each.tx_hash or None,
                created_at=each.created_at,
            )
            for each in queries.contracts(current.session)
        ],
        transactions=queries_transactions.sizes(current.session, current.now),
        fees=[
            Paid(
                chain_id=each.asset.chain_id or 0, amount=each.asset.plain(each.amount), currency=each.asset.code,
                transactions=each.transactions,
            )
            for each in service.fees_paid(current.session)
        ],
    )  # fmt: skip


@api.get("/chain/fees")
@operation(summary="What the chain costs", answer=FeesShown, scope=Scope.OFFICE_READ)
@SEE
def fees() -> FeesShown:
    """Answer with network fees by kind, and how long the coin of the operator's key lasts."""
    chain_id, zone = current.settings.chain_id, current.site.settings.time_zone
    month = rules.month_begun(current.now, zone)
    gas, coin = service_contracts.gas(current.session, chain_id, month=month, now=current.now), coin_asset(chain_id)
    return FeesShown(
        currency=coin.code,
        month=coin.plain(gas.month),
        days=coin.plain(gas.days),
        transactions=gas.transactions,
        kinds=[
            FeesOfKind(
                kind=each.kind, month=coin.plain(each.month), days=coin.plain(each.days), transactions=each.transactions
            )
            for each in gas.kinds
        ],
        operator=gas.operator,
        operator_coin=coin.plain(gas.coin) if gas.coin is not None else None,
        lasts=gas.lasts,
        is_low=gas.low,
        usual_cap=GWEI.plain(rules.fee_cap("")),
        urgent_cap=GWEI.plain(rules.fee_cap(rules.RELEASE)),
    )


@api.get("/signing")
@operation(summary="How signing does", answer=api_following.SigningShown, scope=Scope.OFFICE_READ)
@SEE
def signing() -> api_following.SigningShown:
    """Answer with this site's limits, what is used of them, and what the signer decided."""
    chain_id = current.site.settings.chain_id
    found = service_signer.signing(chain_id, tenant_id=current.site.id, now=current.now)
    return api_following.SigningShown(**api_following.signing_facts(found, chain_id))


@api.get("/sponsoring")
@operation(summary="Who pays investors' network fees", answer=SponsoringShown, scope=Scope.OFFICE_READ)
@SEE
def sponsoring() -> SponsoringShown:
    """Answer with the budget, its switch, and for whom it was spent."""
    settings = current.site.settings
    return _sponsoring(settings.sponsor_fees, settings.sponsored_a_day)


@api.put("/sponsoring")
@operation(
    summary="Choose who pays investors' network fees",
    body=SponsoringWish,
    answer=SponsoringShown,
    scope=Scope.OFFICE,
    key="honoured",
    example={"on": True, "aDay": 3},
)
@requires(ChainPermission.STEER, POLICY)
def choose(sent: SponsoringWish) -> SponsoringShown:
    """Switch it on or off, and say how often a day for one person; it holds from the next payment on."""
    service_sponsoring.choose(current.session, actor=current.actor, on=sent.on, a_day=sent.a_day, now=current.now)
    return _sponsoring(sent.on, sent.a_day)


def _sponsoring(on: bool, a_day: int) -> SponsoringShown:
    chain_id = current.site.settings.chain_id
    found = service_sponsoring.budget(current.session, chain_id)
    coin = coin_asset(chain_id)
    return SponsoringShown(
        on=on,
        a_day=a_day,
        currency=coin.code,
        budget=coin.plain(found.budget) if found else None,
        left=coin.plain(found.left) if found else None,
        free=coin.plain(found.free) if found else None,
        period=found.period if found else None,
        begun_at=found.begun_at if found else None,
        ends_at=found.ends_at if found else None,
        carried=[_carried(*each) for each in queries_sponsoring.recent(current.session, chain_id)],
    )


def _carried(one: Sponsoring, intent: ChainIntent) -> Carried:
    cost = intent.gas_used * intent.gas_price if intent.gas_used and intent.gas_price else None
    return Carried(
        transaction_id=intent.id,
        investment_id=one.investment_id,
        user_id=one.user_id,
        name=accounts.person(current.session, one.user_id).name,
        state=intent.state,
        fee=coin_asset(intent.chain_id).plain(cost) if cost is not None else None,
        created_at=one.created_at,
    )
