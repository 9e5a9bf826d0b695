"""Transactions through the JSON door, for a site's office: what they are, how they go, and what a person may do."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint

from app.core.money import Asset
from app.core.scopes import Scope
from app.modules.chain import queries_transactions as queries
from app.modules.chain import rules, service_transactions
from app.modules.chain.errors import NothingLeftToRaise, NoTransaction, NotUnderWay, explain
from app.modules.chain.models import ChainAttempt, ChainIntent
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_transactions import Life
from app.modules.chain.rules import Offer
from app.modules.chain.service_fees import coin_asset
from app.modules.chain.service_transactions import Preview
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Shape, operation

api = Blueprint("chain_transactions_api", __name__, url_prefix="/api/admin/transactions")
SEE, STEER = requires(ChainPermission.SEE, POLICY), requires(ChainPermission.STEER, POLICY)
GWEI = Asset("gwei", 9)


class AskedTransactions(Listed):
    """Which transactions: `stuck` are those that need a person, `failed` those that ended without effect."""

    state: Literal["all", "open", "stuck", "failed", "final"] = "all"


class TransactionShown(Shape):
    """Something that is to happen on the chain once. `subjectId` is the investment or deal that it is about.

    `alert` is a code of why it needs a person; `error` is what the chain said, `meaning` what that means. `fee` is what
    it cost, in `currency`, once its block is known; those that go in another one's transaction have none of their own.
    """

    id: UUID
    kind: str
    subject_id: UUID
    state: str
    alert: str
    error: str
    meaning: str
    chain_id: int
    contract: str
    tx_hash: str | None
    block_number: int | None
    fee: str | None
    currency: str
    carried_by: UUID | None
    created_at: datetime
    updated_at: datetime


class Transactions(Shape):
    """A part of the list, the newest first, and how many there are in each state."""

    transactions: list[TransactionShown]
    sizes: dict[str, int]
    total: int
    has_more: bool


class Attempt(Shape):
    """What the signer was asked to sign. Of attempts with one `number` a block takes one at the most.

    `feePerGas` is in gwei, `atMost` in the chain's coin; a `filler` is empty and only uses the number up.
    """

    purpose: str
    state: str
    reason: str
    number: int
    tx_hash: str | None
    gas: int
    fee_per_gas: str
    at_most: str
    asked_at: datetime
    signed_at: datetime | None
    sent_at: datetime | None


class TransactionLife(TransactionShown):
    """A transaction with its attempts, the newest first.

    `after` is the transaction that it waits for; `members` are what goes in it, `beside` how many others go in
    `carriedBy` with it; `alone` says that it was to go in `carriedBy`, which had no effect. `feeCap` is in gwei.
    """

    value: str
    fee_cap: str
    after: UUID | None
    alone: bool
    members: list[UUID]
    beside: int
    cancel_asked_at: datetime | None
    attempts: list[Attempt]
    can_raise: bool
    can_cancel: bool


class PlannedFee(Shape):
    """What a unit of gas is offered, in gwei, and what the whole may cost at the most, in the chain's coin."""

    fee_per_gas: str
    priority_fee_per_gas: str
    at_most: str


class Planned(Shape):
    """What it would mean. Without `then` nothing was signed, so that it costs nothing."""

    transaction_id: UUID
    number: int | None
    currency: str
    now: PlannedFee | None
    then: PlannedFee | None
    fee_cap: str


@api.get("")
@operation(summary="List transactions", query=AskedTransactions, answer=Transactions, scope=Scope.OFFICE_READ)
@SEE
def index(asked: AskedTransactions) -> Transactions:
    """Answer with the site's transactions by state."""
    found = queries.transactions(current.session, state=asked.state, now=current.now, page=asked.page)
    return Transactions(
        transactions=[shown(each) for each in found.items],
        sizes=queries.sizes(current.session, current.now),
        total=found.total,
        has_more=found.has_more,
    )


@api.get("/<uuid:intent_id>")
@operation(summary="Read a transaction", answer=TransactionLife, scope=Scope.OFFICE_READ, problems=[NoTransaction])
@SEE
def show(intent_id: UUID) -> TransactionLife:
    """Answer with one transaction and everything that was tried."""
    return _life(intent_id)


@api.get("/<uuid:intent_id>/bump")
@operation(
    summary="What a higher fee would mean", answer=Planned, scope=Scope.OFFICE_READ,
    problems=[NoTransaction, NotUnderWay, NothingLeftToRaise],
)  # fmt: skip
@STEER
def ask_bump(intent_id: UUID) -> Planned:
    """Answer with what is offered now, and what would be offered then."""
    queries.life(current.session, intent_id)
    return _planned(service_transactions.preview_bump(current.session, intent_id))


@api.post("/<uuid:intent_id>/bump")
@operation(
    summary="Offer a higher fee", answer=TransactionLife, scope=Scope.OFFICE, key="required",
    problems=[NoTransaction, NotUnderWay, NothingLeftToRaise],
)  # fmt: skip
@STEER
def bump(intent_id: UUID) -> TransactionLife:
    """Have the same transaction signed again for more. A block takes one of the two, never both."""
    queries.life(current.session, intent_id)
    service_transactions.bump(current.session, actor=current.actor, intent_id=intent_id, now=current.now)
    return _life(intent_id)


@api.get("/<uuid:intent_id>/cancel")
@operation(
    summary="What cancelling would mean", answer=Planned, scope=Scope.OFFICE_READ,
    problems=[NoTransaction, NotUnderWay, NothingLeftToRaise],
)  # fmt: skip
@STEER
def ask_cancel(intent_id: UUID) -> Planned:
    """Answer with what an empty transaction in its place would cost."""
    queries.life(current.session, intent_id)
    return _planned(service_transactions.preview_cancel(current.session, intent_id))


@api.post("/<uuid:intent_id>/cancel")
@operation(
    summary="Cancel a transaction", answer=TransactionLife, scope=Scope.OFFICE, key="required",
    problems=[NoTransaction, NotUnderWay, NothingLeftToRaise],
)  # fmt: skip
@STEER
def cancel(intent_id: UUID) -> TransactionLife:
    """End it without effect: at once where nothing was signed, else by an empty one, which may come too late."""
    queries.life(current.session, intent_id)
    service_transactions.cancel(current.session, actor=current.actor, intent_id=intent_id, now=current.now)
    return _life(intent_id)


def shown(intent: ChainIntent) -> TransactionShown:
    """Return a transaction as it is answered with."""
    return TransactionShown(**_facts(intent))


def _facts(intent: ChainIntent) -> dict[str, Any]:
    coin = coin_asset(intent.chain_id)
    cost = intent.gas_used * intent.gas_price if intent.gas_used and intent.gas_price else None
    return {
        "id": intent.id, "kind": intent.kind, "subject_id": intent.subject_id, "state": intent.state,
        "alert": intent.alert if intent.state in rules.OPEN else "", "error": intent.error,
        "meaning": explain(intent.error) if intent.error else "", "chain_id": intent.chain_id,
        "contract": intent.target, "tx_hash": intent.tx_hash or None, "block_number": intent.block_number,
        "fee": coin.plain(cost) if cost is not None else None, "currency": coin.code,
        "carried_by": intent.carried_by, "created_at": intent.created_at, "updated_at": intent.updated_at,
    }  # fmt: skip


def _life(intent_id: UUID) -> TransactionLife:
    found = queries.life(current.session, intent_id)
    may_bump, may_cancel = service_transactions.choices(current.session, actor=current.actor, intent_id=intent_id)
    intent, coin = found.intent, coin_asset(found.intent.chain_id)
    return TransactionLife(
        **_facts(intent),
        value=coin.plain(intent.value),
        fee_cap=GWEI.plain(rules.fee_cap(intent.kind)),
        after=found.after.id if found.after else None,
        alone=intent.alone,
        members=[each.id for each in found.members],
        beside=found.beside,
        cancel_asked_at=intent.cancel_asked_at,
        attempts=[_attempt(found, each, coin) for each in found.attempts],
        can_raise=may_bump,
        can_cancel=may_cancel,
    )


def _attempt(found: Life, each: ChainAttempt, coin: Asset) -> Attempt:
    return Attempt(
        purpose=each.purpose,
        state=each.state,
        reason=each.reason,
        number=found.places[each.transaction_id].nonce,
        tx_hash=each.tx_hash,
        gas=each.gas,
        fee_per_gas=GWEI.plain(each.max_fee),
        at_most=coin.plain(each.gas * each.max_fee),
        asked_at=each.asked_at,
        signed_at=each.signed_at,
        sent_at=each.sent_at,
    )


def _planned(plan: Preview) -> Planned:
    coin = coin_asset(plan.intent.chain_id)
    return Planned(
        transaction_id=plan.intent.id,
        number=plan.nonce,
        currency=coin.code,
        now=_fee(plan.old, plan.old_cost, coin),
        then=_fee(plan.new, plan.new_cost, coin),
        fee_cap=GWEI.plain(rules.fee_cap(plan.intent.kind)),
    )


def _fee(offer: Offer | None, cost: int, coin: Asset) -> PlannedFee | None:
    if offer is None:
        return None
    return PlannedFee(
        fee_per_gas=GWEI.plain(offer.max_fee),
        priority_fee_per_gas=GWEI.plain(offer.priority_fee),
        at_most=coin.plain(cost),
    )
