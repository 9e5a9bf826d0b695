"""The signer and what is stuck anywhere, through the JSON door, for who runs the installation."""

from datetime import datetime
from typing import Annotated

from flask import Blueprint
from pydantic import Field
from pydantic.alias_generators import to_camel

from app.core import money
from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.chain import api_following, service_signer
from app.modules.chain import queries_transactions as queries
from app.modules.chain.api_following import Limit, SigningShown
from app.modules.chain.api_transactions import TransactionShown, shown
from app.modules.chain.forms_signer import RANGE
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.rules import COIN, MOST_COINS, Limits
from app.modules.chain.service_fees import coin_asset
from app.web.access import fresh, requires
from app.web.current import current
from app.web.operations import Body, Shape, operation
from tenants import service as tenancy
from tenants.session import platform_session

api = Blueprint("chain_signer_api", __name__, url_prefix="/api/console")
OPERATE = requires(ChainPermission.OPERATE, POLICY)
SCOPES = ("whole", "tenant")
Coins = Annotated[str, Field(min_length=1, max_length=40)]


class Halt(Body):
    """Why all signing stops."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class LimitWish(Body):
    """What signing may cost, in whole coins from 0 to a million: each transaction, all of an hour, all of a day."""

    each_one: Coins
    an_hour: Coins
    a_day: Coins


class OwnersFees(Shape):
    """What the installation's own key sent of one sort, and paid for it; the cost of `unknown` wasn't kept."""

    sort: str
    transactions: int
    unknown: int
    gas: int
    fees: str


class SignerShown(SigningShown):
    """The signer: its switch and who turned it; limits of the installation (`whole`) and of each site (`tenant`)."""

    reason: str
    changed_by: str
    changed_at: datetime | None
    seen_at: datetime | None
    scopes: dict[str, Limit]
    owner: list[OwnersFees]


class StuckTransaction(TransactionShown):
    """A transaction that needs a person, and whose site it is."""

    tenant: str


class StuckTransactions(Shape):
    """At most 50 transactions that need a person, of all sites, the oldest first."""

    transactions: list[StuckTransaction]


@api.get("/signer")
@operation(summary="How the signer does", answer=SignerShown, scope=Scope.CONSOLE)
@OPERATE
def show() -> SignerShown:
    """Answer with the signer's switch, limits, use and decisions, over all sites."""
    return _signer()


@api.post("/signer/halt")
@operation(
    summary="Halt all signing", body=Halt, answer=SignerShown, scope=Scope.CONSOLE, key="honoured",
    example={"reason": "A key may be known to somebody."},
)  # fmt: skip
@OPERATE
def halt(sent: Halt) -> SignerShown:
    """Sign nothing for any site, within seconds. What was signed before still goes out; what waits keeps waiting."""
    service_signer.halt(current.session, actor=current.actor, reason=sent.reason, now=current.now)
    return _signer()


@api.post("/signer/resume")
@operation(summary="Sign again", answer=SignerShown, scope=Scope.CONSOLE, key="honoured")
@OPERATE
@fresh
def resume() -> SignerShown:
    """Let the signer sign again, and what waits with it."""
    service_signer.resume(current.session, actor=current.actor, now=current.now)
    return _signer()


@api.put("/signer/limits/<any(whole, tenant):scope>")
@operation(
    summary="Limit what signing may cost", body=LimitWish, answer=SignerShown, scope=Scope.CONSOLE, key="honoured",
    example={"eachOne": "0.5", "anHour": "2", "aDay": "10"},
)  # fmt: skip
@OPERATE
@fresh
def limit(scope: str, sent: LimitWish) -> SignerShown:
    """Set the limits of the whole installation, or of each site that has none of its own."""
    wanted = Limits(**{name: _units(name, text) for name, text in sent.model_dump().items()})
    service_signer.limit(current.session, actor=current.actor, scope=scope, limits=wanted, now=current.now)
    return _signer()


@api.get("/transactions")
@operation(summary="List transactions that need a person", answer=StuckTransactions, scope=Scope.CONSOLE)
@OPERATE
def stuck() -> StuckTransactions:
    """Answer with what is stuck anywhere. It is steered on its own site."""
    slugs = {site.id: site.slug for site in tenancy.sites()}
    with platform_session() as session:
        found = queries.stuck_everywhere(session, current.now)
    return StuckTransactions(
        transactions=[
            StuckTransaction(**shown(each).model_dump(), tenant=slugs.get(each.tenant_id, "")) for each in found
        ]
    )


def _units(name: str, text: str) -> int:
    try:
        units = money.parse(text, coin_asset(current.settings.chain_id))
    except Invalid as refused:
        raise Invalid(fields={to_camel(name): str(refused)}) from None
    if units > MOST_COINS * COIN:
        raise Invalid(fields={to_camel(name): str(RANGE)})
    return units


def _signer() -> SignerShown:
    chain_id = current.settings.chain_id
    found, coin = service_signer.signing(chain_id, tenant_id=None, now=current.now), coin_asset(chain_id)
    return SignerShown(
        **api_following.signing_facts(found, chain_id),
        reason=found.reason,
        changed_by=found.changed_by,
        changed_at=found.changed_at,
        seen_at=found.seen_at,
        scopes={scope: api_following.limit(service_signer.limits_of(scope), coin) for scope in SCOPES},
        owner=[
            OwnersFees(
                sort=each.sort,
                transactions=each.count,
                unknown=each.unknown,
                gas=each.gas,
                fees=coin.plain(each.cost),
            )
            for each in service_signer.owners_shares(chain_id)
        ],
    )
