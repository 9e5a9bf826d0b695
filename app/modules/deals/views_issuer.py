"""The issuer's pages: what is theirs, the editor, and what is told while a deal runs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import Conflict, Invalid
from app.modules.deals import forms, queries, rules, rules_terms, service
from app.modules.deals.errors import EditedElsewhere, NotComplete
from app.modules.deals.models import Deal
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.rules_terms import Ground, ground_of
from app.modules.deals.views import room_of
from app.modules.deals.views_cards import sale_shown, shared
from app.web.access import requires
from app.web.current import current
from app.web.problems import said
from app.web.theming import page

pages = Blueprint("deals_issuer", __name__, url_prefix="/issuer")
MEGABYTES = 10


@pages.get("")
@requires(Perm.DRAFT, POLICY)
def index() -> ResponseReturnValue:
    own = queries.of_issuer(current.session, current.actor.require_id())
    return page("deals/issuer.html", deals=own, tasks=_tasks(own), **shared())


@pages.route("/deals/new", methods=["GET", "POST"])
@requires(Perm.DRAFT, POLICY)
def new() -> ResponseReturnValue:
    form = forms.NewDeal()
    if not form.validate_on_submit():
        return page("deals/new.html", form=form), 422 if form.errors else 200
    values = {"title": form.title.data or ""}
    made = service.draft(
        current.session, actor=current.actor, kind=form.kind.data, form=values, ground=_ground(), now=current.now
    )
    return redirect(url_for(".edit", deal_id=made.id), 303)


@pages.get("/deals/<uuid:deal_id>")
@requires(Perm.DRAFT, POLICY)
def deal(deal_id: UUID) -> ResponseReturnValue:
    return _file(own(deal_id))


@pages.get("/deals/<uuid:deal_id>/edit")
@requires(Perm.DRAFT, POLICY)
def edit(deal_id: UUID) -> ResponseReturnValue:
    return _editor(own(deal_id), check="check" in request.args)


@pages.post("/deals/<uuid:deal_id>/edit")
@requires(Perm.DRAFT, POLICY)
def save(deal_id: UUID) -> ResponseReturnValue:
    """Keep what is typed. With the button “submit”, also ask for review; from a script, answer with the note alone."""
    found = own(deal_id)
    try:
        if request.form.get("do") == "submit" and not _by_script():
            return _submitted(found, typed=request.form)
        reading = _keep(found)
    except EditedElsewhere as refused:
        if _by_script():
            return page("deals/_saved.html", deal=found, problem=said(refused), wrong=0)
        return _editor(found, typed=request.form, also=[said(refused)]), 409
    if _by_script():
        return page("deals/_saved.html", deal=found, problem="", wrong=len(_wrong(reading)))
    return redirect(url_for(".edit", deal_id=deal_id, check=1 if _wrong(reading) else None), 303)


@pages.post("/deals/<uuid:deal_id>/submit")
@requires(Perm.SUBMIT, POLICY)
def submit(deal_id: UUID) -> ResponseReturnValue:
    return _submitted(own(deal_id))


@pages.post("/deals/<uuid:deal_id>/<any(withdraw, cancel):verb>")
@requires(Perm.SUBMIT, POLICY)
def take_back(deal_id: UUID, verb: str) -> ResponseReturnValue:
    found = own(deal_id)
    if verb == "withdraw":
        service.withdraw(current.session, actor=current.actor, deal_id=found.id, now=current.now)
    else:
        service.cancel(current.session, actor=current.actor, deal_id=found.id, reason="", now=current.now)
    return redirect(url_for(".deal", deal_id=deal_id), 303)


@pages.post("/deals/<uuid:deal_id>/comments")
@requires(Perm.COMMENT, POLICY)
def comment(deal_id: UUID) -> ResponseReturnValue:
    form = forms.Comment()
    if not form.validate_on_submit():
        return _file(own(deal_id), comment=form), 422
    service.comment(current.session, actor=current.actor, deal_id=deal_id, body=form.body.data or "", now=current.now)
    return redirect(url_for(".deal", deal_id=deal_id) + "#conversation", 303)


@pages.route("/deals/<uuid:deal_id>/updates", methods=["GET", "POST"])
@requires(Perm.PUBLISH, POLICY)
def updates(deal_id: UUID) -> ResponseReturnValue:
    found, form = own(deal_id), forms.Update()
    if not form.validate_on_submit():
        return page("deals/update.html", deal=found, form=form, **shared()), 422 if form.errors else 200
    said: dict[str, Any] = {"title": form.title.data, "body": form.body.data}
    service.publish_update(current.session, actor=current.actor, deal_id=found.id, now=current.now, **said)
    flash(_("The update is published, and investors are told."), "ok")
    return redirect(url_for("deals.show", slug=found.slug, tab="updates"), 303)


@pages.post("/deals/<uuid:deal_id>/questions")
@requires(Perm.PUBLISH, POLICY)
def add_question(deal_id: UUID) -> ResponseReturnValue:
    form = forms.Question()
    if not form.validate_on_submit():
        return _file(own(deal_id), question=form), 422
    said: dict[str, Any] = {"question": form.question.data, "answer": form.answer.data}
    service.add_question(current.session, actor=current.actor, deal_id=deal_id, now=current.now, **said)
    return redirect(url_for(".deal", deal_id=deal_id) + "#questions", 303)


@pages.post("/deals/<uuid:deal_id>/questions/<uuid:question_id>/remove")
@requires(Perm.PUBLISH, POLICY)
def remove_question(deal_id: UUID, question_id: UUID) -> ResponseReturnValue:
    service.remove_question(current.session, actor=current.actor, deal_id=deal_id, question_id=question_id)
    return redirect(url_for(".deal", deal_id=deal_id) + "#questions", 303)


@pages.post("/deals/<uuid:deal_id>/documents")
@requires(Perm.PUBLISH, POLICY)
def attach(deal_id: UUID) -> ResponseReturnValue:
    found, form = own(deal_id), forms.Attachment()
    if not form.validate_on_submit():
        return _file(found, attachment=form), 422
    try:
        _attach(found, form)
    except (Invalid, Conflict) as refused:
        form.file.errors = [said(refused)]
        return _file(found, attachment=form), 422
    return redirect(url_for(".deal", deal_id=deal_id) + "#documents", 303)


@pages.post("/deals/<uuid:deal_id>/documents/<uuid:document_id>/remove")
@requires(Perm.EDIT, POLICY)
def detach(deal_id: UUID, document_id: UUID) -> ResponseReturnValue:
    found = {"deal_id": deal_id, "document_id": document_id}
    service.detach(current.session, actor=current.actor, now=current.now, **found)
    return redirect(url_for(".deal", deal_id=deal_id) + "#documents", 303)


def own(deal_id: UUID) -> Deal:
    """Return the reader's own deal. Raises DealNotFound, Forbidden."""
    found = service.load(current.session, deal_id)
    POLICY.must(current.actor, Perm.PUBLISH, found)
    return found


def _ground() -> Ground:
    return ground_of(current.site.settings, current.now)


def _by_script() -> bool:
    return request.headers.get("HX-Request") == "true"


def _keep(found: Deal) -> rules_terms.Reading:
    number = request.form.get("version", "")
    __, reading = service.revise(
        current.session,
        actor=current.actor,
        deal_id=found.id,
        form=forms.typed(found.kind, request.form),
        ground=_ground(),
        now=current.now,
        version=int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None,
    )
    return reading


def _wrong(reading: rules_terms.Reading) -> list[str]:
    """Return the fields that are typed and wrong; what is only empty can wait until the deal is submitted."""
    return [name for name, code in reading.problems.items() if code != "needed"]


def _submitted(found: Deal, *, typed: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """Ask for review, of what is `typed` where it is given. A refusal keeps nothing, and its page must not say it did:
    the draft's version on it is the one that is stored."""
    try:
        with current.session.begin_nested():
            if typed:
                _keep(found)
            service.submit(current.session, actor=current.actor, deal_id=found.id, ground=_ground(), now=current.now)
    except NotComplete:
        return _editor(found, typed=typed, check=True), 422
    flash(_("Sent for review. You are told when there is an answer."), "ok")
    return redirect(url_for(".deal", deal_id=found.id), 303)


def _editor(found: Deal, *, typed: Mapping[str, str] | None = None, check: bool = False, also: Any = ()) -> str:
    ground = _ground()
    said = {**found.form, **forms.typed(found.kind, typed or {})}
    reading = rules_terms.read(found.kind, said, ground)
    form = forms.editor(found.kind, said, ground.assets)
    forms.mark(form, reading.problems, all_of_them=check)
    form.opens_at.data, form.closes_at.data = (str(said.get(name, ""))[:10] for name in ("opens_at", "closes_at"))
    return page(
        "deals/edit.html",
        deal=found,
        form=form,
        sections=forms.sections(found.kind, reading.problems),
        problems=reading.problems,
        also=also,
        fields=forms,
        may_edit=found.status in rules.EDITABLE,
        files=queries.links(current.session, found.id),
        code=found.asset_code,
        **shared(),
    )


def _file(found: Deal, **answered: Any) -> str:
    """Draw the deal's file: figures, conversation, documents, questions; `answered` are forms with errors."""
    sent: dict[str, Any] = {
        "comment": forms.Comment,
        "question": forms.Question,
        "attachment": forms.Attachment,
    }
    shown: dict[str, Any] = {name: answered.get(name) or make(formdata=None) for name, make in sent.items()}
    history: dict[str, Any] = {
        "steps": queries.steps(current.session, found.id),
        "comments": queries.comments(current.session, found.id),
        "versions": queries.versions(current.session, found.id),
        **sale_shown(found.id),
    }
    may = {"edit": found.status in rules.EDITABLE, "publish": found.status in rules.LISTED}
    verbs = rules.verbs(found.status, "issuer")
    return page(
        "deals/file.html", access=forms.ACCESS, verbs=verbs, may=may, **room_of(found), **shown, **history, **shared()
    )


def _attach(found: Deal, form: Any) -> None:
    service.attach(
        current.session,
        actor=current.actor,
        deal_id=found.id,
        name=form.file.data.filename or "",
        content=form.file.data.read(MEGABYTES * 1024 * 1024 + 1),
        title=form.title.data or "",
        access=form.access.data,
        required=form.required.data,
        now=current.now,
    )


def _tasks(own_deals: list[Deal]) -> list[tuple[Deal, str]]:
    """Return what waits for the issuer, most pressing first."""
    waiting = [(deal, _("Answer the reviewer")) for deal in own_deals if deal.status == rules.Status.CHANGES_REQUESTED]
    return waiting + [(deal, _("Finish and submit")) for deal in own_deals if deal.status == rules.Status.DRAFT]
