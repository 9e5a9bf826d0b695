"""The portfolio as JSON. Amounts are decimal strings of whole units, as people write them."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.core.scopes import Scope
from app.modules.investments import errors, queries, service
from app.modules.investments.models import Investment
from app.modules.investments.queries_portfolio import Book, portfolio
from app.modules.investments.rules import Status
from app.web.access import signed_in
from app.web.current import current
from app.web.operations import Body, Shape, operation

resource = Blueprint("investments_api", __name__, url_prefix="/api")


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


@resource.get("/investor/portfolio")
@operation(summary="Read your portfolio", answer=Portfolio, scope=Scope.READ)
@signed_in
def index() -> Portfolio:
    """Answer with sums per asset and every investment of yours."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now)
    return Portfolio(
        totals=[_total(book) for book in mine.books],
        investments=[shown(each.investment, each.escrow.opened_tx if each.escrow else None) for each in mine.holdings],
    )


@resource.get("/investor/investments")
@operation(summary="List your investments", answer=Investments, scope=Scope.READ)
@signed_in
def listed() -> Investments:
    """Answer with everything you began, also what ended."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now).holdings
    lines = [shown(each.investment, each.escrow.opened_tx if each.escrow else None) for each in mine]
    return Investments(investments=lines, total=len(lines))


@resource.get("/investor/investments/<uuid:investment_id>")
@operation(
    summary="Read an investment", answer=InvestmentShown, scope=Scope.READ, etag=True,
    problems=[errors.UnknownInvestment],
)  # fmt: skip
@signed_in
def show(investment_id: UUID) -> InvestmentShown:
    """Answer with one investment of yours."""
    return shown(own(investment_id), None)


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
    own(investment_id)
    ended = service.cancel(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    return shown(ended, None)


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
    own(investment_id)
    told = service.tell_sent(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        tx_hash=sent.transaction_hash,
        now=current.now,
    )
    return shown(told, None)


def _total(book: Book) -> Total:
    asset = book.asset
    sums = {name: asset.plain(getattr(book, name)) for name in ("invested", "confirmed", "in_escrow", "refunded")}
    return Total(currency=asset.code, **sums)


def own(investment_id: UUID) -> Investment:
    """Return the caller's own investment. Raises UnknownInvestment also for others'."""
    found = queries.get(current.session, investment_id)
    if found.user_id != current.actor.require_id():
        raise errors.UnknownInvestment
    return found


def shown(each: Investment, opened_tx: str | None) -> InvestmentShown:
    """Return an investment as its investor is told it; `opened_tx` is the transaction of its deposit, if known."""
    return InvestmentShown(
        id=each.id,
        number=each.number,
        deal_id=each.deal_id,
        deal_title=each.deal_title,
        status=each.status,
        amount=each.asset.plain(each.amount),
        currency=each.asset.code,
        tokens=each.token.plain(each.tokens),
        investor=each.holder_name,
        investor_kind=each.holder_kind,
        invested_at=each.pledged_at,
        pay_by=each.pay_by if each.status == Status.PLEDGED else None,
        transaction_hash=opened_tx or each.sent_hash or None,
    )
