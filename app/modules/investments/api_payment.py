"""Paying for a pledge as JSON: what one's own wallet signs, and taking the money back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.chain import errors as chain_errors
from app.modules.deals import errors as deal_errors
from app.modules.deals import service as deals
from app.modules.escrow import errors as escrow_errors
from app.modules.escrow import service as escrow
from app.modules.investments import api as api_of_portfolio
from app.modules.investments import api_investing, api_issuer, errors, forms, service
from app.modules.investments.api import InvestmentShown, own, shown
from app.modules.investments.models import Investment
from app.modules.investments.rules import Status
from app.web.access import signed_in
from app.web.current import current
from app.web.operations import Body, Shape, operation
from app.web.problems import said

api = Blueprint("payment_api", __name__, url_prefix="/api/investor/investments/<uuid:investment_id>")
DOORS = (api_of_portfolio.resource, api_investing.api, api, api_issuer.api)


class Payer(Body):
    """The address that will pay."""

    wallet_address: str = Field(pattern=forms.ADDRESS.pattern)


class SignedData(Body):
    """A signature of typed data (EIP-712), with the nonce and the deadline (seconds) that stand in what was signed."""

    nonce: str = Field(pattern=r"^[0-9]{1,78}$")
    deadline: str = Field(pattern=r"^[0-9]{1,78}$")
    signature: str = Field(min_length=4, max_length=1000)


class SponsoredPayment(Body):
    """The permit that was signed, and the request that `…/permit` answered with, signed too."""

    permit: SignedData
    request: SignedData


class Call(Shape):
    """A transaction for a wallet; `value` is in wei, hexadecimal, as JSON-RPC wants it."""

    chain_id: int
    to: str
    data: str
    value: str
    summary: str


class View(Shape):
    """A call that a node answers (`eth_call`), here: which nonce is the next."""

    to: str
    data: str


class ToSign(Shape):
    """Typed data (EIP-712) for a wallet. Put what `nonce` answers into its message before it is signed."""

    typed_data: dict[str, Any]
    nonce: View
    summary: str


class NetworkFee(Shape):
    """What the network takes at most, about, as a decimal string."""

    amount: str
    currency: str


class Payment(Shape):
    """What is about to be paid. `transactions` and `permit` are there once a payer is named: sign the one or the other.

    `contract` is the payment token's, null for the chain's coin. `feePaid`: the platform would pay the network fee.
    """

    id: UUID
    amount: str
    currency: str
    chain_id: int | None
    contract: str | None
    payer: str | None
    pay_by: datetime | None
    transaction_hash: str | None
    network_fee: NetworkFee | None
    fee_paid: bool
    fee_not_paid: str
    transactions: list[Call]
    permit: ToSign | None


class Paying(Shape):
    """The transaction that pays with the permit; `request` is what to sign instead of sending it, where offered."""

    transactions: list[Call]
    request: ToSign | None


class Calls(Shape):
    """Transactions for your own wallet."""

    transactions: list[Call]


UNKNOWN = errors.UnknownInvestment
WAITING = [UNKNOWN, errors.NotPossibleNow, deal_errors.DealNotFound, chain_errors.NoFactory]
PERMITTED = [
    UNKNOWN,
    errors.NothingPaid,
    escrow_errors.NothingToPay,
    chain_errors.PermitNotSigned,
    chain_errors.NoFactory,
]
SPONSORED = [
    *PERMITTED, chain_errors.FeesNotPaid, chain_errors.FeeLimitReached, chain_errors.FeeBudgetSpent,
    chain_errors.RequestUsed, chain_errors.RequestNotSigned,
]  # fmt: skip
EXAMPLE = {"nonce": "0", "deadline": "1790000000", "signature": "0x" + "5f" * 65}


@api.get("/payment")
@operation(summary="What your wallet has to sign", answer=Payment, scope=Scope.READ, problems=WAITING)
@signed_in
def show(investment_id: UUID) -> Payment:
    """Answer with what is about to be paid for one of your pledges, to whom, and what it costs."""
    return _payment(own(investment_id))


@api.post("/payer")
@operation(
    summary="Say which wallet pays", body=Payer, answer=Payment, scope=Scope.INVEST, key="honoured",
    problems=[*WAITING, errors.PayerFixed, chain_errors.InvalidAddress, deal_errors.NotOpen],
    example={"walletAddress": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
)  # fmt: skip
@signed_in
def set_payer(investment_id: UUID, sent: Payer) -> Payment:
    """Take the paying address. The money counts only if it comes from there, with exactly this amount."""
    own(investment_id)
    service.set_payer(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        address=sent.wallet_address,
        now=current.now,
    )
    return _payment(own(investment_id))


@api.post("/permit")
@operation(
    summary="Pay with a permit", body=SignedData, answer=Paying, scope=Scope.INVEST, key="honoured",
    problems=PERMITTED, example=EXAMPLE,
)  # fmt: skip
@signed_in
def permit(investment_id: UUID, sent: SignedData) -> Paying:
    """Take the permit that the wallet signed, and answer with the one transaction that pays with it. Send it, or sign
    the request and have the platform send it.
    """
    own(investment_id)
    paying, asked = service.with_permit(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        permit=forms.signature_of(sent.model_dump()),
        now=current.now,
    )
    return Paying(transactions=_calls([paying]), request=ToSign(**forms.wire_request(asked, "")) if asked else None)


@api.post("/sponsored")
@operation(
    summary="Let the platform send your payment", body=SponsoredPayment, answer=InvestmentShown, scope=Scope.INVEST,
    key="required", problems=SPONSORED, example={"permit": EXAMPLE, "request": EXAMPLE},
)  # fmt: skip
@signed_in
def sponsored(investment_id: UUID, sent: SponsoredPayment) -> InvestmentShown:
    """Send the payment that you signed twice, at the platform's expense. Your wallet needs no coin."""
    own(investment_id)
    service.pay_at_our_expense(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        permit=forms.signature_of(sent.permit.model_dump()),
        request=forms.signature_of(sent.request.model_dump()),
        now=current.now,
    )
    return shown(own(investment_id), None)


@api.post("/renew")
@operation(
    summary="Keep your room longer", answer=InvestmentShown, scope=Scope.INVEST, key="honoured",
    problems=[UNKNOWN, errors.NotPossibleNow],
)  # fmt: skip
@signed_in
def renew(investment_id: UUID) -> InvestmentShown:
    """Keep the room of a pledge that isn't paid for another half hour, within a day of the pledge."""
    own(investment_id)
    renewed = service.renew(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    return shown(renewed, None)


@api.get("/refund")
@operation(
    summary="Take undecided money back", answer=Calls, scope=Scope.READ,
    problems=[UNKNOWN, errors.NothingPaid, escrow_errors.TooEarly],
)  # fmt: skip
@signed_in
def refund(investment_id: UUID) -> Calls:
    """Answer with the transaction by which the payer's wallet takes the money back, once the time to decide is over."""
    own(investment_id)
    return Calls(transactions=_calls([service.refund_transaction(current.session, **_whose(investment_id))]))


@api.get("/claim")
@operation(
    summary="Take money out of a failed deal", answer=Calls, scope=Scope.READ,
    problems=[UNKNOWN, escrow_errors.NothingToClaim],
)  # fmt: skip
@signed_in
def claim(investment_id: UUID) -> Calls:
    """Answer with the transaction by which a sale that failed pays its investor back."""
    own(investment_id)
    return Calls(transactions=_calls([service.claim_transaction(current.session, **_whose(investment_id))]))


def _payment(investment: Investment) -> Payment:
    if investment.status != Status.PLEDGED:
        raise errors.NotPossibleNow
    deal = deals.for_investment(current.session, investment.deal_id)
    kept = escrow.of_investment(current.session, investment.id)
    expected = kept if kept is not None and kept.status == "expected" else None
    asked = service.permit_of(current.session, expected, now=current.now)
    fee = service.fee_of(current.session, actor=current.actor, deal=deal, now=current.now)
    return Payment(
        id=investment.id,
        amount=investment.asset.plain(investment.amount),
        currency=investment.asset.code,
        chain_id=investment.asset.chain_id,
        contract=investment.asset.contract,
        payer=investment.payer,
        pay_by=investment.pay_by,
        transaction_hash=investment.sent_hash,
        network_fee=(
            NetworkFee(amount=fee.fee.asset.plain(fee.fee.amount), currency=fee.fee.asset.code) if fee.fee else None
        ),
        fee_paid=fee.free,
        fee_not_paid=said(fee.why_not) if fee.why_not else "",
        transactions=_calls(escrow.payment(current.session, expected)) if expected else [],
        permit=ToSign(**forms.wire_permit(asked, "")) if asked else None,
    )


def _calls(prepared: list[escrow.PreparedTransaction]) -> list[Call]:
    return [Call.model_validate(forms.wire(each)) for each in prepared]


def _whose(investment_id: UUID) -> dict[str, Any]:
    return {"actor": current.actor, "investment_id": investment_id}
