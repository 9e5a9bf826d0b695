"""Investing and the portfolio as JSON. Amounts are decimal strings of whole units, as people write them."""

import hashlib
from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core import money
from app.core.errors import Invalid
from app.modules.deals import service as deals
from app.modules.investments import rules, service
from app.modules.investments.forms import ADDRESS, amount_sentence, wire, written
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.queries_portfolio import Holding, portfolio
from app.modules.investments.rules import Status
from app.web.access import requires, signed_in
from app.web.current import current
from app.web.problems import of_values

resource = Blueprint("investments_api", __name__)


class InvestRequest(BaseModel):
    """What has to be said to invest. `acceptTerms` stands for each risk and document that the pages ask one by one."""

    model_config = ConfigDict(extra="forbid")

    amount: str = Field(max_length=100)
    paymentMethod: str = "wallet"  # noqa: N815 - the name of the documented interface
    walletAddress: str  # noqa: N815
    acceptTerms: bool = False  # noqa: N815


@resource.post("/api/deals/<uuid:deal_id>/invest")
@requires(Perm.PLEDGE, POLICY)
def invest(deal_id: UUID) -> ResponseReturnValue:
    """Pledge and prepare the payment. Once for each Idempotency-Key; the transactions are for the caller's wallet."""
    key, asked = request.headers.get("Idempotency-Key", ""), _asked()
    if not 8 <= len(key) <= 200:
        raise Invalid(_("Send a header Idempotency-Key of 8 to 200 characters, made once for this investment."))
    deal = deals.for_investment(current.session, deal_id)
    amount, offer = money.parse(asked.amount, deal.asset), service.room(deal)
    digest = hashlib.sha256(f"{deal.id}|{amount}|{asked.walletAddress.lower()}".encode()).hexdigest()
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
            settings=current.site.settings,
            now=current.now,
        )
    prepared = (
        service.set_payer(
            current.session,
            actor=current.actor,
            investment_id=known.id,
            address=asked.walletAddress,
            now=current.now,
        )
        if known.status == Status.PLEDGED
        else []
    )
    body = {"id": str(known.id), "number": known.number, "status": known.status, "transactionHash": known.sent_hash}
    return jsonify(success=True, investment=body, transactions=[wire(each) for each in prepared]), 201


def _asked() -> InvestRequest:
    try:
        asked = InvestRequest.model_validate(request.get_json(silent=True) or {})
    except ValidationError as refused:
        raise Invalid(_("Some values are missing or wrong."), fields=of_values(refused)) from None
    problems = {
        "paymentMethod": _("Only wallet is possible.") if asked.paymentMethod != "wallet" else "",
        "walletAddress": _("Not an address.") if not ADDRESS.match(asked.walletAddress) else "",
        "acceptTerms": "" if asked.acceptTerms else _("Accept the risks and documents of the deal: true."),
    }
    wrong = {name: text for name, text in problems.items() if text}
    if wrong:
        raise Invalid(_("Some values are missing or wrong."), fields=wrong)
    return asked


@resource.get("/api/investor/portfolio")
@signed_in
def index() -> ResponseReturnValue:
    """Return sums per asset and every investment of the caller."""
    mine = portfolio(current.session, current.actor.require_id(), now=current.now)
    totals = [
        {
            "currency": book.asset.code,
            "invested": _text(book.asset, book.invested),
            "confirmed": _text(book.asset, book.confirmed),
            "inEscrow": _text(book.asset, book.in_escrow),
            "refunded": _text(book.asset, book.refunded),
        }
        for book in mine.books
    ]
    return jsonify(totals=totals, investments=[_investment(each) for each in mine.holdings])


def _investment(holding: Holding) -> dict[str, object]:
    each, kept = holding.investment, holding.escrow
    return {
        "id": str(each.id),
        "number": each.number,
        "dealId": str(each.deal_id),
        "dealTitle": each.deal_title,
        "status": each.status,
        "amount": _text(each.asset, each.amount),
        "currency": each.asset.code,
        "tokens": _text(each.token, each.tokens),
        "investedAt": each.pledged_at.isoformat() if each.pledged_at else None,
        "transactionHash": kept.opened_tx or None if kept else None,
    }


def _text(asset: money.Asset, units: int) -> str:
    return written(units, asset).replace(",", "")
