"""Investing and the portfolio as JSON. Amounts are decimal strings of whole units, as people write them."""

import hashlib
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core import idempotency, money
from app.core.errors import Invalid
from app.core.scopes import Scope
from app.modules.deals import errors as deal_errors
from app.modules.deals import service as deals
from app.modules.investments import errors, queries, rules, service
from app.modules.investments.forms import ADDRESS, amount_sentence, wire, written
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.queries_portfolio import Book, portfolio
from app.modules.investments.rules import Status
from app.modules.profiles.errors import NoSuchProfile
from app.web.access import requires, signed_in
from app.web.current import current
from app.web.operations import Body, Shape, key_sent, operation

resource = Blueprint("investments_api", __name__, url_prefix="/api")


class InvestRequest(Body):
    """What has to be said to invest. `acceptTerms` stands for each risk and document that the pages ask one by one."""

    amount: str = Field(max_length=100)
    payment_method: Literal["wallet"] = "wallet"
    wallet_address: str = Field(max_length=100)
    accept_terms: bool = False
    profile_id: UUID | None = Field(default=None, description="In whose name: an id of GET /api/profile/profiles.")


class Invested(Shape):
    """What was made; `transactionHash` is what a wallet said it sent."""

    id: UUID
    number: str | None
    status: str
    transaction_hash: str | None


class Pledged(Shape):
    """An investment, and the transactions that its payer's wallet signs, in their order."""

    success: bool = True
    investment: Invested
    transactions: list[dict[str, Any]]


class Condition(Shape):
    """One condition of taking part: passed, pending (no obstacle yet) or failed, and why."""

    name: str
    outcome: str
    reason: str


class Eligibility(Shape):
    """Whether one can invest in a deal now, and how much: amounts are decimal strings."""

    eligible: bool
    rules: list[Condition]
    currency: str
    min_investment: str
    max_investment: str | None
    available: str


class InvestmentShown(Shape):
    """One's own investment."""

    id: UUID
    number: str | None
    deal_id: UUID
    deal_title: str
    status: str
    amount: str
    currency: str
    tokens: str
    investor: str
    investor_kind: str
    invested_at: datetime | None
    pay_by: datetime | None
    transaction_hash: str | None


class Total(Shape):
    """One's money in one asset."""

    currency: str
    invested: str
    confirmed: str
    in_escrow: str
    refunded: str


class Portfolio(Shape):
    """Sums per asset, and every investment."""

    totals: list[Total]
    investments: list[InvestmentShown]


class Investments(Shape):
    """Every investment one began, newest first."""

    investments: list[InvestmentShown]
    total: int


class SentRequest(Body):
    """The hash of the deposit that the wallet sent."""

    transaction_hash: str = Field(pattern=r"^0x[0-9a-fA-F]{64}$")


@resource.get("/deals/<uuid:deal_id>/eligibility")
@operation(summary="Whether you can invest", answer=Eligibility, scope=Scope.READ, problems=[deal_errors.DealNotFound])
@requires(Perm.PLEDGE, POLICY)
def eligibility(deal_id: UUID) -> Eligibility:
    """Answer with every condition of taking part and how you meet it now."""
    deal = deals.offered(current.session, actor=current.actor, deal_id=deal_id)
    asked = service.checks(
        current.session, actor=current.actor, deal=deal, settings=current.site.settings, now=current.now
    )
    offer = service.room(deal)
    return Eligibility(
        eligible=rules.is_eligible(asked),
        rules=[Condition(name=rule.name, outcome=rule.outcome.value, reason=rule.reason) for rule in asked],
        currency=deal.asset.code,
        min_investment=_text(deal.asset, offer.min_ticket),
        max_investment=None if offer.max_ticket is None else _text(deal.asset, offer.max_ticket),
        available=_text(deal.asset, max(0, offer.headroom)),
    )


@resource.post("/deals/<uuid:deal_id>/invest")
@operation(
    summary="Invest",
    body=InvestRequest,
    answer=Pledged,
    status=201,
    scope=Scope.INVEST,
    key="own",
    problems=[
        deal_errors.DealNotFound, deal_errors.NotOpen, deal_errors.NoRoom, errors.NotEligible, errors.OpenInvestment,
        errors.AmountRefused, errors.HolderRefused, errors.PayerFixed, idempotency.KeyReused, NoSuchProfile,
    ],
    example={
        "amount": "10000",
        "paymentMethod": "wallet",
        "walletAddress": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "acceptTerms": True,
    },
)  # fmt: skip
@requires(Perm.PLEDGE, POLICY)
def invest(deal_id: UUID, sent: InvestRequest) -> Pledged:
    """Pledge and prepare the payment. The transactions are for the caller's wallet; the key is kept for ever."""
    key = key_sent(required=True)
    _check(sent)
    deal = deals.offered(current.session, actor=current.actor, deal_id=deal_id)
    amount, offer = money.parse(sent.amount, deal.asset), service.room(deal)
    holder = f"|{sent.profile_id}" if sent.profile_id else ""  # keys of before profiles keep their digests
    digest = hashlib.sha256(f"{deal.id}|{amount}|{sent.wallet_address.lower()}{holder}".encode()).hexdigest()
    known = service.by_key(current.session, actor=current.actor, key=key, digest=digest)
    if known is None:
        problem = rules.amount_problem(amount, offer)
        if problem:
            raise Invalid(amount_sentence(problem, offer, deal.asset), fields={"amount": problem})
        known = service.invest(
            current.session,
            actor=current.actor,
            deal=deal,
            amount=amount,
            key=key,
            hashes=service.required_hashes(current.session, deal.id),
            profile_id=sent.profile_id,
            settings=current.site.settings,
            now=current.now,
        )
    return _pledged(known, sent.wallet_address)


@resource.get("/investor/portfolio")
@operation(summary="Read your portfolio", answer=Portfolio, scope=Scope.READ)
@signed_in
def index() -> Portfolio:
    """Answer with sums per asset and every investment of yours."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now)
    return Portfolio(
        totals=[_total(book) for book in mine.books],
        investments=[_shown(each.investment, each.escrow.opened_tx if each.escrow else None) for each in mine.holdings],
    )


@resource.get("/investor/investments")
@operation(summary="List your investments", answer=Investments, scope=Scope.READ)
@signed_in
def listed() -> Investments:
    """Answer with everything you began, also what ended."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now).holdings
    shown = [_shown(each.investment, each.escrow.opened_tx if each.escrow else None) for each in mine]
    return Investments(investments=shown, total=len(shown))


@resource.get("/investor/investments/<uuid:investment_id>")
@operation(
    summary="Read an investment", answer=InvestmentShown, scope=Scope.READ, etag=True,
    problems=[errors.UnknownInvestment],
)  # fmt: skip
@signed_in
def show(investment_id: UUID) -> InvestmentShown:
    """Answer with one investment of yours."""
    return _shown(_own(investment_id), None)


@resource.post("/investor/investments/<uuid:investment_id>/cancel")
@operation(
    summary="Cancel an unpaid investment",
    answer=InvestmentShown,
    scope=Scope.INVEST,
    key="honoured",
    problems=[errors.UnknownInvestment, errors.NotPossibleNow, errors.PayerFixed],
)
@signed_in
def cancel(investment_id: UUID) -> InvestmentShown:
    """End an investment that isn't paid, and free its room."""
    _own(investment_id)
    ended = service.cancel(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    return _shown(ended, None)


@resource.post("/investor/investments/<uuid:investment_id>/sent")
@operation(
    summary="Say that the deposit was sent",
    body=SentRequest,
    answer=InvestmentShown,
    scope=Scope.INVEST,
    key="honoured",
    problems=[errors.UnknownInvestment],
    example={"transactionHash": "0x" + "5f" * 32},
)
@signed_in
def tell_sent(investment_id: UUID, sent: SentRequest) -> InvestmentShown:
    """Note what your wallet sent, so that the room is kept longer. Only the chain's final block counts as payment."""
    _own(investment_id)
    told = service.tell_sent(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        tx_hash=sent.transaction_hash,
        now=current.now,
    )
    return _shown(told, None)


def _total(book: Book) -> Total:
    asset = book.asset
    sums = {name: _text(asset, getattr(book, name)) for name in ("invested", "confirmed", "in_escrow", "refunded")}
    return Total(currency=asset.code, **sums)


def _check(sent: InvestRequest) -> None:
    problems = {
        "walletAddress": _("Not an address.") if not ADDRESS.match(sent.wallet_address) else "",
        "acceptTerms": "" if sent.accept_terms else _("Accept the risks and documents of the deal: true."),
    }
    wrong = {name: text for name, text in problems.items() if text}
    if wrong:
        raise Invalid(_("Some values are missing or wrong."), fields=wrong)


def _pledged(known: Investment, address: str) -> Pledged:
    prepared = (
        service.set_payer(
            current.session, actor=current.actor, investment_id=known.id, address=address, now=current.now
        )
        if known.status == Status.PLEDGED
        else []
    )
    made = Invested(id=known.id, number=known.number, status=known.status, transaction_hash=known.sent_hash)
    return Pledged(investment=made, transactions=[wire(each) for each in prepared])


def _own(investment_id: UUID) -> Investment:
    """Return the caller's own investment. Raises UnknownInvestment also for others'."""
    found = queries.get(current.session, investment_id)
    if found.user_id != current.actor.require_id():
        raise errors.UnknownInvestment
    return found


def _shown(each: Investment, opened_tx: str | None) -> InvestmentShown:
    return InvestmentShown(
        id=each.id,
        number=each.number,
        deal_id=each.deal_id,
        deal_title=each.deal_title,
        status=each.status,
        amount=_text(each.asset, each.amount),
        currency=each.asset.code,
        tokens=_text(each.token, each.tokens),
        investor=each.holder_name,
        investor_kind=each.holder_kind,
        invested_at=each.pledged_at,
        pay_by=each.pay_by if each.status == Status.PLEDGED else None,
        transaction_hash=opened_tx or each.sent_hash or None,
    )


def _text(asset: money.Asset, units: int) -> str:
    return written(units, asset).replace(",", "")
