"""Paying for a pledge: with a wallet in the browser, with calls made by hand, or with the local chain's demo wallet."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import AppError, Invalid
from app.modules.chain import service as chain
from app.modules.chain.errors import explain
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.escrow.service import PreparedTransaction
from app.modules.investments import forms, queries, service
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.rules import STEPS, Status, Step
from app.modules.wallets import service as wallets
from app.web.access import signed_in
from app.web.current import current
from app.web.problems import said
from app.web.theming import page

pages = Blueprint("investment_payment", __name__)


@pages.get("/investments/<uuid:investment_id>/payment")
@signed_in
def choose(investment_id: UUID) -> ResponseReturnValue:
    """Show what is about to be paid, to whom, and the ways to do it."""
    investment = _own(investment_id)
    if investment.status == Status.DRAFT:
        return redirect(url_for("investments.ask", investment_id=investment.id, name=investment.step), 303)
    if investment.status != Status.PLEDGED:
        return redirect(url_for("portfolio.show", investment_id=investment.id), 303)
    usual = wallets.default_address(current.session, current.actor.require_id())
    return _payment_page(investment, forms.PayerForm(data={"address": investment.payer or usual}))


@pages.post("/investments/<uuid:investment_id>/payer")
@signed_in
def payer(investment_id: UUID) -> ResponseReturnValue:
    """Take the paying address: as JSON from the wallet script, which gets the transactions; else as a form."""
    if request.is_json:
        address = str((request.get_json(silent=True) or {}).get("address", ""))
        if not forms.ADDRESS.match(address):
            raise Invalid(_("The wallet gave no address. Unlock it and try again."))
        prepared = [forms.wire(each) for each in _prepare(investment_id, address)]
        return jsonify(transactions=prepared, permit=_permit(investment_id))
    form = forms.PayerForm()
    if not form.validate():
        return _payment_page(_own(investment_id), form), 422
    try:
        _prepare(investment_id, form.address.data or "")
    except AppError as refused:
        return _payment_page(_own(investment_id), form, problem=said(refused)), refused.status
    return redirect(url_for("investment_payment.choose", investment_id=investment_id) + "#by-hand", 303)


@pages.post("/investments/<uuid:investment_id>/permit")
@signed_in
def permit(investment_id: UUID) -> ResponseReturnValue:
    """Take the permit that the wallet signed (JSON), and give the one transaction that pays with it.

    Where the platform pays the network fee, also what the wallet signs instead of sending it.
    """
    paying, asked = service.with_permit(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        permit=forms.signature_of(_texts()),
        now=current.now,
    )
    finish = url_for(".sponsored", investment_id=investment_id)
    return jsonify(transactions=[forms.wire(paying)], request=forms.wire_request(asked, finish) if asked else None)


@pages.post("/investments/<uuid:investment_id>/sponsored")
@signed_in
def sponsored(investment_id: UUID) -> ResponseReturnValue:
    """Take the request that the wallet signed beside its permit (JSON): the platform sends the payment."""
    texts = _texts()
    permit = {name: texts.get(f"permit-{name}", "") for name in ("nonce", "deadline", "signature")}
    service.pay_at_our_expense(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        permit=forms.signature_of(permit),
        request=forms.signature_of(texts),
        now=current.now,
    )
    return jsonify(next=url_for("portfolio.show", investment_id=investment_id))


@pages.post("/investments/<uuid:investment_id>/sent")
@signed_in
def sent(investment_id: UUID) -> ResponseReturnValue:
    """Take the hash that the wallet gave, as a hint: the chain alone says whether the money came."""
    tx_hash = str((request.get_json(silent=True) or request.form).get("hash", ""))
    if not re.match(forms.HASH, tx_hash):
        raise Invalid(_("This isn't the hash of a transaction."))
    service.tell_sent(
        current.session, actor=current.actor, investment_id=investment_id, tx_hash=tx_hash, now=current.now
    )
    return jsonify(next=url_for("portfolio.show", investment_id=investment_id))


@pages.post("/investments/<uuid:investment_id>/demo-payment")
@signed_in
def demo(investment_id: UUID) -> ResponseReturnValue:
    """Let the demo wallet of the local chain pay."""
    service.pay_with_demo_wallet(
        current.session,
        actor=current.actor,
        investment_id=investment_id,
        settings=current.settings,
        now=current.now,
    )
    return redirect(url_for("portfolio.show", investment_id=investment_id), 303)


@pages.post("/investments/<uuid:investment_id>/renew")
@signed_in
def renew(investment_id: UUID) -> ResponseReturnValue:
    """Keep the reserved room for longer."""
    service.renew(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    flash(_("Your room in the deal is kept for another half hour."), "ok")
    return redirect(url_for("investment_payment.choose", investment_id=investment_id), 303)


@pages.post("/investments/<uuid:investment_id>/cancel")
@signed_in
def cancel(investment_id: UUID) -> ResponseReturnValue:
    """End an unpaid investment."""
    service.cancel(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    flash(_("Cancelled. Nothing was paid."), "ok")
    return redirect(url_for("portfolio.index"), 303)


@pages.post("/investments/<uuid:investment_id>/refund")
@signed_in
def refund(investment_id: UUID) -> ResponseReturnValue:
    """Prepare the refund for a wallet (JSON), or let the demo wallet take it."""
    who: dict[str, Any] = {"actor": current.actor, "investment_id": investment_id}
    if request.is_json:
        return jsonify(transactions=[forms.wire(service.refund_transaction(current.session, **who))])
    service.take_back(current.session, settings=current.settings, now=current.now, **who)
    flash(_("The demo wallet is taking your money back."), "ok")
    return redirect(url_for("portfolio.show", investment_id=investment_id), 303)


@pages.post("/investments/<uuid:investment_id>/claim")
@signed_in
def claim(investment_id: UUID) -> ResponseReturnValue:
    """Prepare the way out of a failed deal for a wallet (JSON), or let the demo wallet take it."""
    who: dict[str, Any] = {"actor": current.actor, "investment_id": investment_id}
    if request.is_json:
        return jsonify(transactions=[forms.wire(service.claim_transaction(current.session, **who))])
    service.claim_with_demo_wallet(current.session, settings=current.settings, now=current.now, **who)
    flash(_("The demo wallet is taking your money back."), "ok")
    return redirect(url_for("portfolio.show", investment_id=investment_id), 303)


def _prepare(investment_id: UUID, address: str) -> list[PreparedTransaction]:
    return service.set_payer(
        current.session, actor=current.actor, investment_id=investment_id, address=address, now=current.now
    )


def _permit(investment_id: UUID) -> dict[str, Any] | None:
    """Return what the wallet may sign instead of an approval, or None where the token takes none."""
    asked = service.permit_of(current.session, escrow.of_investment(current.session, investment_id), now=current.now)
    return forms.wire_permit(asked, url_for(".permit", investment_id=investment_id)) if asked else None


def _texts() -> dict[str, str]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def _own(investment_id: UUID) -> Investment:
    investment = queries.get(current.session, investment_id)
    POLICY.must(current.actor, Perm.ACT, investment)
    return investment


def _payment_page(investment: Investment, form: forms.PayerForm, *, problem: str = "") -> str:
    expected = escrow.of_investment(current.session, investment.id)
    prepared = escrow.payment(current.session, expected) if expected and expected.status == "expected" else []
    deal = deals.for_investment(current.session, investment.deal_id)
    fee = service.fee_of(current.session, actor=current.actor, deal=deal, now=current.now)
    is_local = current.settings.is_local_chain and deal.asset.chain_id == current.settings.chain_id
    return page(
        "investments/payment.html",
        step=Step.PAYMENT,
        steps=STEPS,
        reached=0,  # what was committed to is not changed any more
        investment=investment,
        deal=deal,
        deal_url=f"/deals/{deal.slug}",
        form=form,
        problem=problem,
        prepared=prepared,
        is_local=is_local,
        carried=chain.sponsoring_of(current.session, investment.id),
        without_effect=chain.WITHOUT_EFFECT,
        explain=explain,
        fee=fee.fee,
        free=fee.free,
        not_free=said(fee.why_not) if fee.why_not else "",
        rpc_url=current.settings.rpc_url if is_local else "",
    )
