"""The wizard: one page a question, in order, left and taken up again at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Form

from app.core.errors import AppError
from app.modules.deals import service as deals
from app.modules.deals.service import InvestableDeal
from app.modules.documents import service as documents
from app.modules.investments import forms, queries, rules, service
from app.modules.investments.models import Investment
from app.modules.investments.permissions import POLICY, Perm
from app.modules.investments.rules import STEPS, Status, Step
from app.modules.profiles import service as profiles
from app.web.access import requires
from app.web.current import current
from app.web.problems import said
from app.web.theming import page

pages = Blueprint("investments", __name__)
FIXES = {"email": "/verify", "country": "/account", "verification": "/verification"}
ASKED = "any(eligibility,amount,investor,risks,documents,review)"


@dataclass(frozen=True)
class _Question:
    """A step's form, what its page shows besides, and what keeping its answer means."""

    form: Form
    keep: Callable[[], Investment]
    shown: dict[str, Any] = field(default_factory=dict)


@pages.get("/invest/<slug>")
@requires(Perm.PLEDGE, POLICY)
def start(slug: str) -> ResponseReturnValue:
    """Go on with what was begun, or show whether one can begin."""
    deal = deals.for_investment(current.session, deals.id_of(current.session, slug))
    known = queries.open_order(current.session, user_id=current.actor.require_id(), deal_id=deal.id)
    return redirect(resume_url(known), 303) if known else _eligibility(deal, None)


@pages.post("/invest/<slug>")
@requires(Perm.PLEDGE, POLICY)
def begin(slug: str) -> ResponseReturnValue:
    deal = deals.for_investment(current.session, deals.id_of(current.session, slug))
    draft = service.begin(
        current.session, actor=current.actor, deal=deal, settings=current.site.settings, now=current.now
    )
    return redirect(resume_url(draft), 303)


@pages.get(f"/investments/<uuid:investment_id>/<{ASKED}:name>")
@requires(Perm.PLEDGE, POLICY)
def ask(investment_id: UUID, name: str) -> ResponseReturnValue:
    investment, step = _own(investment_id), Step(name)
    if investment.status != Status.DRAFT or step.number > Step(investment.step).number:
        return redirect(resume_url(investment), 303)
    deal = deals.for_investment(current.session, investment.deal_id)
    if step is Step.ELIGIBILITY:
        return _eligibility(deal, investment)
    return _framed(step, investment, deal, QUESTIONS[step](investment, deal))


@pages.post(f"/investments/<uuid:investment_id>/<{ASKED}:name>")
@requires(Perm.PLEDGE, POLICY)
def take(investment_id: UUID, name: str) -> ResponseReturnValue:
    investment, step = _own(investment_id), Step(name)
    if investment.status != Status.DRAFT or step is Step.ELIGIBILITY:
        return redirect(resume_url(investment), 303)
    deal = deals.for_investment(current.session, investment.deal_id)
    question = QUESTIONS[step](investment, deal)
    if not question.form.validate():
        return _framed(step, investment, deal, question), 422
    try:
        kept = question.keep()
    except AppError as refused:
        return _framed(step, investment, deal, question, problem=said(refused)), refused.status
    return redirect(url_of(kept, step.next), 303)


def url_of(investment: Investment, step: Step) -> str:
    """Return the address of a step."""
    if step is Step.PAYMENT:
        return url_for("investment_payment.choose", investment_id=investment.id)
    return url_for("investments.ask", investment_id=investment.id, name=step.value)


def resume_url(investment: Investment) -> str:
    """Return where a person goes on: the step that is reached, the payment, or the investment itself."""
    if investment.status == Status.DRAFT:
        return url_of(investment, Step(investment.step))
    if investment.status == Status.PLEDGED:
        return url_of(investment, Step.PAYMENT)
    return url_for("portfolio.show", investment_id=investment.id)


def _own(investment_id: UUID) -> Investment:
    investment = queries.get(current.session, investment_id)
    POLICY.must(current.actor, Perm.ACT, investment)
    return investment


def _eligibility(deal: InvestableDeal, investment: Investment | None) -> str:
    asked = service.checks(
        current.session, actor=current.actor, deal=deal, settings=current.site.settings, now=current.now
    )
    labels = {"email": _("Send the link again"), "country": _("Open profile"), "verification": _("Verification")}
    eligible = rules.is_eligible(asked)
    return _page(Step.ELIGIBILITY, investment, deal, rules=asked, eligible=eligible, fixes=FIXES, fix_labels=labels)


def _framed(step: Step, investment: Investment, deal: InvestableDeal, question: _Question, *, problem: str = "") -> str:
    return _page(step, investment, deal, form=question.form, problem=problem, **question.shown)


def _page(step: Step, investment: Investment | None, deal: InvestableDeal, *, problem: str = "", **shown: Any) -> str:
    return page(
        f"investments/{step.value}.html",
        step=step,
        steps=STEPS,
        reached=Step(investment.step).number if investment else 1,
        investment=investment,
        deal=deal,
        deal_url=f"/deals/{deal.slug}",
        problem=problem,
        **shown,
    )


def _amount(investment: Investment, deal: InvestableDeal) -> _Question:
    offer = service.room(deal)
    wish = request.args.get("amount") or (forms.written(investment.amount, deal.asset) if investment.amount else "")
    form = forms.AmountForm(offer=offer, asset=deal.asset, data={"amount": wish})
    written = {amount: forms.written(amount, deal.asset) for amount in rules.chips(offer)}
    chips = [(amount, "?amount=" + text, form.amount.data == text) for amount, text in written.items()]

    def keep() -> Investment:
        return service.set_amount(
            current.session, actor=current.actor, investment_id=investment.id, amount=form.units, now=current.now
        )

    return _Question(form, keep, {"offer": offer, "chips": chips})


def _answering(investment: Investment, step: Step, value: Callable[[], Any]) -> Callable[[], Investment]:
    return lambda: service.answer(
        current.session,
        actor=current.actor,
        investment_id=investment.id,
        step=step,
        value=value(),
        now=current.now,
    )


def _investor(investment: Investment, _deal: InvestableDeal) -> _Question:
    known = profiles.holders(current.session, actor=current.actor)
    form = forms.InvestorForm(data={"investor": investment.holder_key})
    form.investor.choices = [(each.key, forms.holder_label(each)) for each in known]

    def keep() -> Investment:
        chosen = next(each for each in known if each.key == form.investor.data)
        return service.name_holder(
            current.session,
            actor=current.actor,
            investment_id=investment.id,
            profile_id=chosen.profile_id,
            settings=current.site.settings,
            now=current.now,
        )

    return _Question(form, keep, {"notes": {each.key: forms.holder_note(each) for each in known}})


def _risks(investment: Investment, deal: InvestableDeal) -> _Question:
    names = rules.risks_of(deal.kind)
    labels = forms.risk_labels()
    known = investment.answers.get(Step.RISKS) or {}
    boxes = forms.ticks([(name, labels[name]) for name in names], _("Tick this when you have understood it."))
    form = boxes(data=dict.fromkeys(known, True))
    keep = _answering(investment, Step.RISKS, lambda: forms.ticked(form, current.now, {}))
    return _Question(form, keep, {"names": names})


def _documents(investment: Investment, deal: InvestableDeal) -> _Question:
    required = _required(deal)
    known = investment.answers.get(Step.DOCUMENTS) or {}
    labels = [(each["field"], _("I have read and accept: %(title)s", title=each["title"])) for each in required]
    boxes = forms.ticks(labels, _("Accept this document to go on, or go back and cancel."))
    hashes = {each["field"]: each["sha256"] for each in required}
    accepted = {name: True for name, sha256 in hashes.items() if known.get(name, {}).get("sha256") == sha256}
    form = boxes(data=accepted)
    keep = _answering(investment, Step.DOCUMENTS, lambda: forms.ticked(form, current.now, hashes))
    return _Question(form, keep, {"required": required})


def _required(deal: InvestableDeal) -> list[dict[str, Any]]:
    records = documents.described(current.session, [each.document_id for each in deal.required_documents])
    return [
        {
            "field": str(each.document_id),
            "title": each.title,
            "url": f"/deals/{deal.slug}/documents/{each.document_id}",
            "record": records[each.document_id],
            "sha256": str(records[each.document_id].sha256),
        }
        for each in deal.required_documents
    ]


def _review(investment: Investment, _deal: InvestableDeal) -> _Question:
    form = forms.ReviewForm(data={"key": investment.key})

    def keep() -> Investment:
        return service.pledge(
            current.session,
            actor=current.actor,
            investment_id=investment.id,
            key=form.key.data or "",
            settings=current.site.settings,
            now=current.now,
        )

    return _Question(form, keep)


QUESTIONS: dict[Step, Callable[[Investment, InvestableDeal], _Question]] = {
    Step.AMOUNT: _amount,
    Step.INVESTOR: _investor,
    Step.RISKS: _risks,
    Step.DOCUMENTS: _documents,
    Step.REVIEW: _review,
}
