"""The administrator's pages: the review queue, a review, and running deals."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid
from app.modules.chain import service as chain
from app.modules.deals import forms, queries, rules, rules_terms, service
from app.modules.deals import forms_words as words
from app.modules.deals.models import Deal, DealVersion
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.rules_terms import ground_of
from app.modules.deals.views_cards import sale_shown, shared
from app.web.access import fresh, requires
from app.web.current import current
from app.web.problems import said
from app.web.theming import page

pages = Blueprint("deals_admin", __name__, url_prefix="/manage/deals")
CHECKLIST = {
    "terms": _l("Terms match the documents"),
    "figures": _l("Amounts, dates and caps are plausible"),
    "risks": _l("Risk warnings are complete and plain"),
    "issuer": _l("The issuing company is known and checked"),
    "regime": _l("Regime and countries fit together"),
}


@pages.get("")
@requires(Perm.REVIEW, POLICY)
def index() -> ResponseReturnValue:
    return page(
        "deals/queue.html",
        waiting=queries.waiting(current.session),
        running=queries.in_hand(current.session),
        **shared(),
    )


@pages.get("/<uuid:deal_id>/review")
@requires(Perm.REVIEW, POLICY)
def review(deal_id: UUID) -> ResponseReturnValue:
    return _review(service.load(current.session, deal_id))


@pages.post("/<uuid:deal_id>/review")
@requires(Perm.REVIEW, POLICY)
def decide(deal_id: UUID) -> ResponseReturnValue:
    form, verdict = forms.Decision(), request.form.get("verdict", "")
    ticked = request.form.getlist("check")
    reason, checks = (form.reason.data or "").strip(), [key for key in CHECKLIST if key in ticked]
    if refusal := _refusal(form, verdict, reason, checks):
        form.reason.errors = [refusal]
        return _review(service.load(current.session, deal_id), form=form, checks=checks), 422
    verb = service.approve if verdict == "approve" else service.request_changes
    said: dict[str, Any] = {"reason": reason, "checks": checks, "now": current.now}
    verb(current.session, actor=current.actor, deal_id=deal_id, **said)
    flash(_("Approved. It can be opened now.") if verdict == "approve" else _("Sent back to the issuer."), "ok")
    return redirect(url_for(".run" if verdict == "approve" else ".index", deal_id=deal_id), 303)


@pages.post("/<uuid:deal_id>/comments")
@requires(Perm.REVIEW, POLICY)
def comment(deal_id: UUID) -> ResponseReturnValue:
    form = forms.Comment()
    if not form.validate_on_submit():
        return _review(service.load(current.session, deal_id), comment=form), 422
    service.comment(current.session, actor=current.actor, deal_id=deal_id, body=form.body.data or "", now=current.now)
    return redirect(url_for(".review", deal_id=deal_id) + "#conversation", 303)


@pages.get("/<uuid:deal_id>")
@requires(Perm.RUN, POLICY)
def run(deal_id: UUID) -> ResponseReturnValue:
    return _run(service.load(current.session, deal_id))


@pages.post("/<uuid:deal_id>/<any(open, pause, resume, close, settle, cancel, reopen, feature, unfeature):verb>")
@requires(Perm.RUN, POLICY)
@fresh
def take(deal_id: UUID, verb: str) -> ResponseReturnValue:
    try:
        with current.session.begin_nested():
            take_verb(deal_id, verb, request.form.get("reason", "").replace("\x00", "").strip()[:500])
    except (Conflict, Invalid) as refused:
        return _run(service.load(current.session, deal_id), problem=refused), refused.status
    return redirect(url_for("chain_admin.deployment" if verb == "open" else ".run", deal_id=deal_id), 303)


def take_verb(deal_id: UUID, verb: str, reason: str) -> None:
    """Take a running deal the step that `verb` names."""
    who: dict[str, Any] = {"actor": current.actor, "deal_id": deal_id, "now": current.now}
    verbs: dict[str, Callable[[], Deal]] = {
        "open": lambda: service.open_deal(current.session, ground=ground_of(current.site.settings, current.now), **who),
        "pause": lambda: service.pause(current.session, reason=reason, **who),
        "resume": lambda: service.resume(current.session, **who),
        "close": lambda: service.close(current.session, **who),
        "settle": lambda: service.settle(current.session, **who),
        "cancel": lambda: service.cancel(current.session, reason=reason, **who),
        "reopen": lambda: service.reopen(current.session, reason=reason, **who),
        "feature": lambda: service.feature(current.session, on=True, **who),
        "unfeature": lambda: service.feature(current.session, on=False, **who),
    }
    verbs[verb]()


def _run(found: Deal, problem: Conflict | Invalid | None = None) -> str:
    notes = [said(problem)] if problem else []
    fields = problem.fields if isinstance(problem, Invalid) else {}
    notes += [f"{words.LABELS.get(name, name)}: {words.problem(code)}" for name, code in fields.items()]
    deployment = chain.deployment_of(current.session, found.id)
    history: dict[str, Any] = {"steps": queries.steps(current.session, found.id), "deployment": deployment}
    history |= sale_shown(found.id)
    verbs = rules.verbs(found.status, "reviewer")
    return page("deals/run.html", deal=found, verbs=verbs, notes=notes, **history, **shared())


def _review(found: Deal, *, form: Any = None, comment: Any = None, checks: Any = ()) -> str:
    versions = queries.versions(current.session, found.id)
    return page(
        "deals/review.html",
        deal=found,
        versions=versions,
        earlier=_earlier(versions),
        changes=_changes(found, versions, unchanged="all" in request.args),
        form=form or forms.Decision(formdata=None),
        comment=comment or forms.Comment(formdata=None),
        checks=checks,
        checklist=CHECKLIST,
        comments=queries.comments(current.session, found.id),
        steps=queries.steps(current.session, found.id),
        files=queries.links(current.session, found.id),
        everything="all" in request.args,
        queue=[deal.id for deal, _version in queries.waiting(current.session)],
        own=found.issuer_id == current.actor.user_id,
        **shared(),
    )


def _changes(found: Deal, versions: list[DealVersion], *, unchanged: bool) -> list[dict[str, Any]]:
    """Return each field's text before and after, cut into pieces that stayed and pieces that changed.

    Before is what was accepted last, or else what was submitted before; without either, everything is simply new.
    """
    if not versions:
        return []
    before = _earlier(versions)
    rows = []
    for name in rules_terms.fields_of(found.kind):
        old, new = (
            words.typed(name, form.get(name, ""), found.asset)
            for form in (before.form if before else {}, versions[0].form)
        )
        if old != new or (unchanged and new):
            cut = rules.pieces(old, new)
            rows.append({"label": words.LABELS[name], "before": cut[0], "after": cut[1], "same": old == new})
    return rows


def _earlier(versions: list[DealVersion]) -> DealVersion | None:
    """Return the version that the newest one is compared with."""
    accepted = (version for version in versions[1:] if version.decision == "approved")
    return next(accepted, versions[1] if len(versions) > 1 else None)


def _refusal(form: Any, verdict: str, reason: str, checks: list[str]) -> str:
    """Return why this decision can't be taken as it is, or nothing."""
    if not form.validate():
        return str(form.reason.errors[0]) if form.reason.errors else _("Send the form again.")
    if verdict == "approve" and len(checks) < len(CHECKLIST):
        return str(_("Tick every check before you approve, or ask for changes."))
    if verdict != "approve" and not reason:
        return str(_("Say what has to change: the issuer sees only this."))
    return "" if verdict in ("approve", "changes") else str(_("Choose a decision."))
