"""What a person holds: one investment with its story and receipt, all of them, and the same as a file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast, get_args
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from app.core.errors import Forbidden
from app.modules.accounts import service as accounts
from app.modules.chain import service as chain
from app.modules.compliance import service as compliance
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.escrow.service import Escrow
from app.modules.investments import queries, rules, service
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.queries_portfolio import Book, Holding, Shown, portfolio
from app.modules.investments.rules import Status
from app.web.access import polled, public, signed_in
from app.web.current import current
from app.web.theming import page

pages = Blueprint("portfolio", __name__)
SOON, LATER = 2, 15  # seconds between looks at an investment that moves, and at one that waits for people
LOOKS_FOR = timedelta(minutes=20)  # after this a forgotten page no longer asks, so that its session can end
ON_THE_MOVE = frozenset({"arriving", "releasing", "refunding", "returning"})
COLUMNS = (
    "number", "deal", "kind", "status", "currency", "amount", "units", "pledged", "held", "completed", "refunded",
    "deposit_transaction", "outcome_transaction", "investor", "investor_kind",
)  # fmt: skip


@pages.get("/portfolio")
@signed_in
def index() -> ResponseReturnValue:
    wish = request.args.get("show", "all")
    shown = cast(Shown, wish if wish in get_args(Shown) else "all")
    mine = portfolio(current.session, current.actor.require_id(), now=current.now, shown=shown)
    return page(
        "investments/portfolio.html",
        portfolio=mine,
        shown=shown,
        lines=[_line_of(book) for book in mine.books],
        link=chain.explorer_url,
    )


def _line_of(book: Book) -> tuple[list[str], list[Decimal]]:
    """Return the chart's months and amounts, in the reader's language and in whole units."""
    labels = [format_date(month, "MMM yy") for month, _ in book.months]
    return labels, [book.asset.whole(amount) for _, amount in book.months]


@pages.get("/portfolio.csv")
@signed_in
def table() -> ResponseReturnValue:
    """Give every investment as CSV: amounts exact, instants in UTC."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_line(holding) for holding in mine.holdings)
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="portfolio.csv"'
    return answer


def _line(holding: Holding) -> list[str]:
    each, kept = holding.investment, holding.escrow
    instants = (each.pledged_at, each.held_at, each.completed_at, each.refunded_at)
    return [
        each.number or "",
        _inert(each.deal_title),
        each.deal_kind,
        each.status,
        each.asset.code,
        f"{each.asset.whole(each.amount):f}",
        f"{each.token.whole(each.tokens):f}",
        *(at.isoformat() if at else "" for at in instants),
        kept.opened_tx if kept else "",
        (kept.returned_tx or kept.closed_tx) if kept else "",
        _inert(each.holder_name),
        each.holder_kind,
    ]


def _inert(text: str) -> str:
    """Keep a spreadsheet from taking somebody else's words for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@pages.get("/investments/<uuid:investment_id>")
@signed_in
def show(investment_id: UUID) -> ResponseReturnValue:
    until = int((current.now + LOOKS_FOR).timestamp())
    return page("investments/show.html", **_story(_readable(investment_id), until=until))


@pages.get("/investments/<uuid:investment_id>/live")
@public  # a session that ended must not put the sign-in page into the middle of this one: 403 is left out
@polled
def live(investment_id: UUID) -> ResponseReturnValue:
    """Answer with the page's moving part, or with nothing (204) as long as it is what the asker has seen."""
    if not current.actor.is_person:
        raise Forbidden
    until = request.args.get("until", 0, type=int)
    story = _story(_readable(investment_id), until=until)
    if request.args.get("seen") == story["seen"] and story["every"]:
        return "", 204
    return page("investments/_story.html", **story)


@pages.get("/investments/<uuid:investment_id>/receipt")
@signed_in
def receipt(investment_id: UUID) -> ResponseReturnValue:
    investment = _readable(investment_id)
    deal = deals.for_investment(current.session, investment.deal_id)
    person = accounts.person(current.session, investment.user_id)
    kept = escrow.of_investment(current.session, investment.id)
    titles = {str(each.document_id): each.title for each in deal.required_documents}
    return page(
        "investments/receipt.html",
        investment=investment,
        deal=deal,
        person=person,
        escrow=kept,
        titles=titles,
        network=chain.network_name(kept.chain_id) if kept else "",
    )


def _readable(investment_id: UUID) -> Investment:
    investment = queries.get(current.session, investment_id)
    POLICY.must(current.actor, Perm.READ, investment)
    return investment


def _story(investment: Investment, *, until: int) -> dict[str, Any]:
    kept = escrow.of_investment(current.session, investment.id)
    standing = compliance.status_of(current.session, investment.user_id, current.now)
    is_owner = investment.user_id == current.actor.user_id
    is_local = current.settings.is_local_chain and investment.asset.chain_id == current.settings.chain_id
    is_paying = investment.status == Status.PLEDGED and kept is not None and kept.status == "expected"
    may_take_back = is_owner and kept is not None and kept.may_take_back
    is_leaving = may_take_back and escrow.is_leaving(current.session, investment.id)
    failed = service.may_claim(current.session, investment, kept)
    claim = None
    if failed and is_owner:
        claim = service.claim_transaction(current.session, actor=current.actor, investment_id=investment.id)
    is_leaving = is_leaving or (claim is not None and escrow.is_claiming(current.session, investment.id))
    moving = is_paying or is_leaving or (kept is not None and kept.status in ON_THE_MOVE)
    return {
        "investment": investment,
        "escrow": kept,
        "deal": deals.for_investment(current.session, investment.deal_id),
        "person": accounts.person(current.session, investment.user_id),
        "standing": standing,
        "verified": standing.level.at_least(current.site.settings.required_level),
        "is_owner": is_owner,
        "day": _day(kept),
        "demo": is_owner and is_local and kept is not None and _is_demo(kept, investment),
        "leaving": is_leaving,
        "claim": claim,
        "failed": failed,
        "link": chain.explorer_url,
        "network": chain.network_name(kept.chain_id) if kept else "",
        "fee": chain.estimate(kept.chain_id, "claim" if claim else "refund", now=current.now)
        if kept and (claim or may_take_back)
        else None,
        "call": escrow.refund_transaction(current.session, kept) if may_take_back and kept else None,
        "every": _every(investment, moving=moving) if current.now.timestamp() < until else 0,
        "until": until,
        "seen": _seen(investment, kept, standing.status, may_take_back=may_take_back or failed, is_leaving=is_leaving),
    }


def _seen(investment: Investment, kept: Escrow | None, standing: str, *, may_take_back: bool, is_leaving: bool) -> str:
    """What the page was drawn from, in one word: news is whatever changes it."""
    return f"{investment.status}.{kept.status if kept else ''}.{standing}.{may_take_back}{is_leaving}"


def _is_demo(kept: Escrow, investment: Investment) -> bool:
    return kept.payer.lower() == chain.demo_address(investment.user_id, current.settings).lower()


def _day(kept: Escrow | None) -> int:
    if kept is None or kept.opened_at is None:
        return 0
    return max(0, min(rules.ESCROW_DAYS, (current.now - kept.opened_at).days))


def _every(investment: Investment, *, moving: bool) -> int:
    """Return after how many seconds to look again, 0 for never."""
    if investment.status not in rules.WAITING and not moving:
        return 0
    return SOON if moving or investment.status == Status.ARRIVING else LATER
