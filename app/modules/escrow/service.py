"""Escrow's verbs: expect a payment, prepare it, decide about it, take it back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.config import Settings
from app.core.errors import Invalid
from app.core.money import Asset
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.chain.service import PreparedPermit as PreparedPermit
from app.modules.chain.service import PreparedRequest as PreparedRequest
from app.modules.chain.service import PreparedTransaction as PreparedTransaction
from app.modules.escrow import queries, rules
from app.modules.escrow.errors import AlreadyPaid, NothingToPay, ReasonNeeded, TooEarly
from app.modules.escrow.models import Escrow as Escrow
from app.modules.escrow.models import StrayDeposit
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.modules.escrow.queries import Standing as Standing
from app.modules.escrow.service_decisions import call_off as call_off
from app.modules.escrow.service_decisions import decide
from app.modules.escrow.service_decisions import decide_for as decide_for
from app.modules.escrow.service_decisions import undo_decision as undo_decision
from app.modules.escrow.service_permits import pay_at_our_expense as pay_at_our_expense
from app.modules.escrow.service_permits import payment_with_permit as payment_with_permit
from app.modules.escrow.service_permits import permit as permit
from app.modules.escrow.service_permits import request as request
from app.modules.escrow.service_returns import claim_transaction as claim_transaction
from app.modules.escrow.service_returns import claim_with_demo_wallet as claim_with_demo_wallet
from app.modules.escrow.service_returns import release_again as release_again
from tenants.service import Site


def expect(
    session: Session,
    *,
    investment_id: UUID,
    deal_id: UUID,
    user_id: UUID,
    payer: str,
    asset: Asset,
    amount: int,
    now: datetime,
) -> Escrow:
    """Note that `payer` is about to pay exactly `amount` (base units of `asset`) for this investment.

    Asking again before the payment changes the payer and the amount. Raises InvalidAddress, Invalid (the asset is not
    on a chain, or nothing to pay), AlreadyPaid once a deposit was seen.
    """
    if asset.chain_id is None or amount <= 0:
        raise Invalid("An escrow needs an asset of a chain and an amount above zero.")
    escrow = queries.find(session, investment_id, lock=True)
    if escrow is None:
        escrow = Escrow(id=investment_id, created_at=now)
        session.add(escrow)
    elif escrow.status not in rules.PAYABLE:
        raise AlreadyPaid
    escrow.deal_id, escrow.user_id, escrow.status = deal_id, user_id, "expected"
    escrow.payer, escrow.amount, escrow.updated_at = chain.checked_address(payer), amount, now
    escrow.chain_id, escrow.asset_contract = asset.chain_id, asset.contract or chain.ZERO_ADDRESS
    escrow.asset_code, escrow.asset_decimals = asset.code, asset.decimals
    escrow.asset_display_decimals = asset.display_decimals
    session.flush()
    return escrow


def forget(session: Session, *, investment_id: UUID, now: datetime) -> None:
    """Stop expecting a payment that never came. Raises AlreadyPaid once a deposit was seen; unknown ids do nothing.

    Should the payment arrive all the same, it is credited to nobody and waits in suspense for an operator.
    """
    escrow = queries.find(session, investment_id, lock=True)
    if escrow is None:
        return
    if escrow.status not in rules.PAYABLE:
        raise AlreadyPaid
    escrow.status, escrow.updated_at = "forgotten", now
    session.flush()


def payment(session: Session, escrow: Escrow) -> list[PreparedTransaction]:
    """Return what the payer's wallet has to sign, in this order: an approval if the asset is a token, and the deposit.

    Pure reading; nothing is sent. Raises NothingToPay unless the escrow is expected, NoFactory.
    """
    if escrow.status != "expected":
        raise NothingToPay
    return chain.prepare_payment(
        session,
        chain_id=escrow.chain_id,
        investment_id=escrow.id,
        deal_id=escrow.deal_id,
        payer=escrow.payer,
        asset=escrow.asset_contract,
        amount=escrow.amount,
        price=rules.written(escrow.asset, escrow.amount),
    )


def refund_transaction(session: Session, escrow: Escrow) -> PreparedTransaction:  # noqa: ARG001
    """Return the call by which the payer takes the money back from the contract without the platform.

    Raises TooEarly before the time for a decision has passed, or when the money has left.
    """
    if not escrow.may_take_back:
        raise TooEarly
    return chain.prepare_refund(
        chain_id=escrow.chain_id, escrow_address=escrow.address, price=rules.written(escrow.asset, escrow.amount)
    )


def is_paying(session: Session, investment_id: UUID) -> bool:
    """Tell whether we were asked to send the payment and it hasn't failed: it may be announced any moment."""
    return _is_asked(session, investment_id, "demo.pay") or _is_asked(session, investment_id, "gas.sponsor")


def is_leaving(session: Session, investment_id: UUID) -> bool:
    """Tell whether a demo wallet was asked to take the money back and hasn't failed."""
    return _is_asked(session, investment_id, "demo.refund")


def is_claiming(session: Session, investment_id: UUID) -> bool:
    """Tell whether a demo wallet was asked to take the money out of a failed sale and hasn't failed."""
    return _is_asked(session, investment_id, "demo.claim")


def standing(session: Session, deal_id: UUID) -> Standing:
    """Return how many of a deal's escrows are undecided, and how much was released to its sale."""
    return queries.standing(session, deal_id)


def _is_asked(session: Session, investment_id: UUID, kind: str) -> bool:
    asked = [one for one in chain.intents_about(session, investment_id) if one.kind == kind]
    newest = [one.state for one in asked if one.created_at == asked[-1].created_at]  # asked for together
    return bool(newest) and not set(chain.WITHOUT_EFFECT) & set(newest)


def of_investment(session: Session, investment_id: UUID) -> Escrow | None:
    """Return an investment's escrow, or None before its payer is known."""
    return queries.find(session, investment_id)


def asset_at(site: Site, chain_id: int, contract: str) -> Asset:
    """Return the asset with this contract as the site knows it; an unknown token is counted in its base units."""
    if contract == chain.ZERO_ADDRESS:
        return Asset(chain.coin(chain_id), 18, 6, chain_id=chain_id, contract=contract)
    for token in site.settings.payment_tokens:
        if (token.chain_id, token.contract.lower()) == (chain_id, contract.lower()):
            return Asset(token.code, token.decimals, token.display_decimals, chain_id=chain_id, contract=token.contract)
    return Asset(contract, 0, 0, chain_id=chain_id, contract=contract)


def stray_assets(site: Site, strays: Iterable[StrayDeposit]) -> dict[str, Asset]:
    """Return asset key → asset of these deposits."""
    found = {}
    for stray in strays:
        chain_id, _, contract = stray.asset.partition("@")[2].partition(":")
        found[stray.asset] = asset_at(site, int(chain_id), contract)
    return found


def strays(session: Session) -> list[StrayDeposit]:
    """Return deposits that match no expected payment and haven't been sent back."""
    return queries.strays(session)


def of_investments(session: Session, investment_ids: Iterable[UUID]) -> dict[UUID, Escrow]:
    """Return investment id → escrow for those that have one."""
    return queries.many(session, list(investment_ids))


def approve(session: Session, *, actor: Actor, investment_id: UUID, now: datetime) -> Escrow:
    """Release held money to the deal's sale; the payer gets tokens. The chain confirms it later.

    Raises Forbidden, NoEscrow, NotHeld.
    """
    escrow = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, EscrowPermission.DECIDE, escrow)
    return decide(session, escrow, actor=actor, verdict="release", reason="", now=now)


def reject(session: Session, *, actor: Actor, investment_id: UUID, reason: str, now: datetime) -> Escrow:
    """Send held money back to the payer. Raises Forbidden, NoEscrow, NotHeld, ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(fields={"reason": ReasonNeeded.__doc__ or ""})
    escrow = queries.get(session, investment_id, lock=True)
    POLICY.must(actor, EscrowPermission.DECIDE, escrow)
    return decide(session, escrow, actor=actor, verdict="reject", reason=reason.strip(), now=now)


def pay_with_demo_wallet(
    session: Session, *, actor: Actor, investment_id: UUID, settings: Settings, now: datetime
) -> Escrow:
    """Let the payer's demo wallet pay (local chain only); pressing twice pays once.

    Raises Forbidden, NoEscrow, NothingToPay, OnlyLocally (also when the expected payer is another wallet).
    """
    escrow = queries.get(session, investment_id)
    POLICY.must(actor, EscrowPermission.SEE, escrow)
    chain.ask_demo_payment(
        session,
        settings=settings,
        user_id=escrow.user_id,
        investment_id=escrow.id,
        payer=escrow.payer,
        asset=escrow.asset_contract,
        amount=escrow.amount,
        transactions=payment(session, escrow),
        now=now,
    )
    return escrow


def refund_with_demo_wallet(
    session: Session, *, actor: Actor, investment_id: UUID, settings: Settings, now: datetime
) -> Escrow:
    """Let the payer's demo wallet take the money back (local chain only).

    Raises Forbidden, NoEscrow, TooEarly, OnlyLocally.
    """
    escrow = queries.get(session, investment_id)
    POLICY.must(actor, EscrowPermission.SEE, escrow)
    if escrow.payer != chain.demo_address(escrow.user_id, settings):
        raise chain.OnlyLocally
    chain.ask_demo_refund(
        session,
        settings=settings,
        user_id=escrow.user_id,
        investment_id=escrow.id,
        transaction=refund_transaction(session, escrow),
        now=now,
    )
    return escrow


def send_back(session: Session, *, actor: Actor, stray_id: UUID, now: datetime) -> StrayDeposit:
    """Send a deposit that nobody expected back to its payer, again only where the chain refused it before.

    Raises Forbidden, NoEscrow.
    """
    POLICY.must(actor, EscrowPermission.DECIDE)
    stray = queries.stray(session, stray_id)
    opened = chain.log(session, stray.log_id)
    prefix = f"stray:{stray.id}:"
    asked = [one.state for one in chain.intents_about(session, stray.investment_id) if one.key.startswith(prefix)]
    tries = sum(state in chain.WITHOUT_EFFECT for state in asked)
    chain.decide_escrow(
        session,
        key=f"{prefix}{tries}",
        chain_id=opened.chain_id,
        investment_id=stray.investment_id,
        payer=stray.payer,
        verdict="reject",
        reason="not expected",
        now=now,
    )
    stray.returning_at = stray.returning_at or now
    session.flush()
    after = {"amount": str(stray.amount), "payer": stray.payer}
    audit.record(
        session,
        actor=actor,
        action="escrow.stray-returned",
        subject_kind="escrow",
        subject_id=stray.investment_id,
        after=after,
        now=now,
    )
    return stray
