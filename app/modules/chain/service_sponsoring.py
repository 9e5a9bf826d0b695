"""The platform pays people's network fees: out of a tenant's budget, for requests that the payer signed (ERC-2771).

The site checks what it can know; the signer checks the same again from calldata, and the contract has the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.errors import AppError
from app.core.money import Asset
from app.core.permissions import Actor
from app.integrations.chain import abi, forwarding, permits
from app.integrations.chain.forwarding import ForwardRequest
from app.modules.audit import service as audit
from app.modules.chain import queries_sponsoring as queries
from app.modules.chain import rules, rules_sponsoring
from app.modules.chain.errors import (
    BudgetOutOfRange,
    FeeBudgetSpent,
    FeeLimitReached,
    FeesNotPaid,
    RequestNotSigned,
    RequestUsed,
)
from app.modules.chain.models import ChainIntent
from app.modules.chain.models_sponsoring import GasBudget, Sponsoring
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.rules import PreparedTransaction
from app.modules.chain.service_fees import coin_asset
from app.modules.chain.service_intents import intend, operator_key
from app.modules.chain.service_permits import GOOD_FOR
from app.modules.chain.service_prices import gas_price, instant
from tenants import context
from tenants import service as tenancy

DAY = timedelta(days=1)
MOST_NONCE = 2**63


@dataclass(frozen=True)
class PreparedRequest:
    """What a wallet is asked to sign so that the platform sends its call.

    The nonce in it is 0: the wallet's own node answers `nonce_to`/`nonce_data`.
    """

    request: ForwardRequest
    nonce_to: str
    nonce_data: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How a tenant's budget for network fees stands, in wei of `coin`.

    `left` is the contract's count at `seen_at`; `free` is it less what is promised and what refused transactions cost.
    """

    coin: Asset
    budget: int
    left: int
    free: int
    period: str
    begun_at: datetime
    ends_at: datetime | None
    seen_at: datetime | None
    on: bool
    a_day: int


def budget(session: Session, chain_id: int) -> Budget | None:
    """Return how the tenant's budget stands, None where the operator set none."""
    row = queries.budget(session, chain_id)
    if row is None:
        return None
    settings = tenancy.site(context.tenant_id()).settings
    return Budget(
        coin=coin_asset(chain_id),
        budget=row.budget,
        left=row.left,
        free=_free(session, row),
        period=row.period,
        begun_at=row.begun_at,
        ends_at=rules_sponsoring.ends_at(row.period, row.begun_at),
        seen_at=row.seen_at,
        on=settings.sponsor_fees,
        a_day=settings.sponsored_a_day,
    )


def set_budget(session: Session, *, actor: Actor, chain_id: int, amount: int, period: str, now: datetime) -> GasBudget:
    """Say what may be spent on the tenant's people in each period, in wei; the worker has the contract told.

    0 ends it. Raises Forbidden, BudgetOutOfRange.
    """
    POLICY.must(actor, ChainPermission.OPERATE)
    if period not in rules_sponsoring.PERIODS or not 0 <= amount <= rules_sponsoring.MOST_BUDGET:
        raise BudgetOutOfRange
    row = queries.budget(session, chain_id, lock=True)
    before = {"budget": str(row.budget), "period": row.period} if row else {}
    if row is None:
        row = GasBudget(chain_id=chain_id, round=0, left=0)
        session.add(row)
    row.budget, row.period, row.begun_at, row.round = amount, period, now, row.round + 1
    session.flush()
    _audited(session, actor, "chain.budget-set", before, {"budget": str(amount), "period": period}, now)
    return row


def choose(session: Session, *, actor: Actor, on: bool, a_day: int, now: datetime) -> None:
    """Switch on or off that the platform pays network fees, and say how often a day for one person.

    Raises Forbidden, InvalidSetting.
    """
    POLICY.must(actor, ChainPermission.STEER)
    settings = tenancy.site(context.tenant_id()).settings
    before = {"sponsor_fees": settings.sponsor_fees, "sponsored_a_day": settings.sponsored_a_day}
    after = {"sponsor_fees": on, "sponsored_a_day": a_day}
    tenancy.change_settings(context.tenant_id(), after)
    _audited(session, actor, "chain.fees-chosen", before, after, now)


def fee_refusal(session: Session, *, chain_id: int, user_id: UUID, now: datetime) -> AppError | None:
    """Return why the platform wouldn't pay this person's next network fee, None where it would."""
    row = queries.budget(session, chain_id)
    try:
        _must_be_offered(session, row, user_id, now)
    except AppError as why:
        return why
    return None


def prepare_request(
    session: Session, *, chain_id: int, user_id: UUID, payer: str, call: PreparedTransaction, now: datetime
) -> PreparedRequest | None:
    """Return what the payer's wallet signs so that the platform sends `call`; None where the platform wouldn't now."""
    forwarder = queries.forwarder(chain_id)
    if not forwarder or fee_refusal(session, chain_id=chain_id, user_id=user_id, now=now) is not None:
        return None
    deadline = int((instant(chain_id, now) + GOOD_FOR).timestamp())
    request = _request(forwarder, payer, call, 0, deadline)
    nonce = forwarding.nonce_call(forwarder, payer)
    summary = _("%(what)s: a signature that costs nothing, the platform sends it", what=call.summary)
    return PreparedRequest(request, nonce.to or "", nonce.data, summary)


def sponsor(
    session: Session,
    *,
    chain_id: int,
    investment_id: UUID,
    user_id: UUID,
    payer: str,
    call: PreparedTransaction,
    nonce: int,
    deadline: int,
    signature: str,
    now: datetime,
) -> ChainIntent:
    """Send `call` for its payer, who signed exactly this request, at the tenant's expense. Asking again sends it once.

    Raises FeesNotPaid, FeeLimitReached, FeeBudgetSpent, RequestUsed, RequestNotSigned.
    """
    row = queries.budget(session, chain_id, lock=True)
    forwarder, parts = queries.forwarder(chain_id), permits.taken_apart(signature)
    left = deadline - int(instant(chain_id, now).timestamp())
    if not forwarder or parts is None or not 0 <= nonce <= MOST_NONCE or not 0 < left <= GOOD_FOR.total_seconds():
        raise RequestNotSigned
    request = _request(forwarder, payer, call, nonce, deadline)
    if not request.is_signed(parts) or not _is_of(call, investment_id, payer):
        raise RequestNotSigned
    known, newest = queries.by_hash(session, request.digest), queries.of_investment(session, investment_id)
    if known is not None and newest is not None and known.intent_id == newest.id and newest.state in rules.OPEN:
        return newest
    if known is not None or queries.is_used(session, chain_id, payer, nonce):
        raise RequestUsed
    most = _must_be_offered(session, row, user_id, now)
    intent = intend(
        session,
        key=rules_sponsoring.intent_key(nonce, request.digest),
        kind="gas.sponsor",
        subject_id=investment_id,
        chain_id=chain_id,
        signer=operator_key(),
        call=request.carried(parts),
        now=now,
    )
    session.add(
        Sponsoring(
            chain_id=chain_id,
            intent_id=intent.id,
            investment_id=investment_id,
            user_id=user_id,
            payer=payer,
            nonce=nonce,
            request_hash=request.digest,
            reserved=most,
            created_at=now,
        )
    )
    session.flush()
    return intent


def sponsoring_of(session: Session, investment_id: UUID) -> ChainIntent | None:
    """Return the transaction that carries an investment's payment at our expense, or None."""
    return queries.of_investment(session, investment_id)


def _must_be_offered(session: Session, row: GasBudget | None, user_id: UUID, now: datetime) -> int:
    """Return the most that the next request can cost, in wei. Raises FeesNotPaid, FeeLimitReached, FeeBudgetSpent."""
    settings = tenancy.site(context.tenant_id()).settings
    if row is None or not row.budget or not settings.sponsor_fees:
        raise FeesNotPaid
    if queries.carried_since(session, user_id, now - DAY) >= settings.sponsored_a_day:
        raise FeeLimitReached
    price = gas_price(row.chain_id, now=now)
    if price is None or rules_sponsoring.most(price) > _free(session, row):
        raise FeeBudgetSpent
    return rules_sponsoring.most(price)


def _free(session: Session, row: GasBudget) -> int:
    if row.told != row.round or row.seen_at is None:
        return 0  # the contract doesn't know of it yet
    return rules_sponsoring.free(row.left, reserved=queries.reserved(session, row), lost=queries.lost(session, row))


def _request(forwarder: str, payer: str, call: PreparedTransaction, nonce: int, deadline: int) -> ForwardRequest:
    gas = rules_sponsoring.REQUEST_GAS
    return ForwardRequest(call.chain_id, forwarder, payer, call.to, gas, nonce, deadline, call.data)


def _is_of(call: PreparedTransaction, investment_id: UUID, payer: str) -> bool:
    """Tell whether a call is one that may be carried, about this investment and by this payer."""
    function, arguments = abi.called("TenantFactory", call.data)
    return function in rules_sponsoring.CARRIED and arguments[0] == "0x" + abi.as_bytes32(investment_id, payer).hex()


def _audited(
    session: Session,
    actor: Actor,
    action: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    now: datetime,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="tenant",
        subject_id=context.tenant_id(),
        before=before,
        after=after,
        now=now,
    )
