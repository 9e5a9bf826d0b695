"""Verification, as the officer sees it: the queue, a case beside its documents, the decision."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.pagination import Page
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.compliance import queries, rules, service
from app.modules.compliance.forms_review import CheckForm, DecisionForm, NoteForm, SettleForm
from app.modules.compliance.forms_words import declared
from app.modules.compliance.models import Case
from app.modules.compliance.permissions import POLICY, Perm
from app.modules.compliance.rules import Level
from app.modules.documents import service as documents
from app.web.access import requires
from app.web.current import current
from app.web.downloads import picture
from app.web.theming import page

pages = Blueprint("compliance_admin", __name__)

QUEUES = ("waiting", "with_person", "approved", "rejected")


@pages.get("/manage/compliance")
@requires(Perm.REVIEW, POLICY)
def index() -> str:
    name = request.args.get("queue", "waiting")
    if name not in QUEUES:
        raise NotFound
    found = queries.queue(current.session, name, Page.numbered(request.args.get("page", 1, type=int)))
    return page(
        "compliance/queue.html",
        found=found,
        people={case.user_id: accounts.person(current.session, case.user_id) for case in found.items},
        sizes=queries.sizes(current.session),
        queue=name,
        rules=rules,
        url_of_page=lambda number: url_for("compliance_admin.index", queue=name, page=number),
    )


@pages.get("/manage/compliance/<uuid:case_id>")
@requires(Perm.REVIEW, POLICY)
def case(case_id: UUID) -> str:
    return _case_page(_found(case_id))


@pages.post("/manage/compliance/<uuid:case_id>/decision")
@requires(Perm.DECIDE, POLICY)
def decide(case_id: UUID) -> ResponseReturnValue:
    found = _found(case_id)
    form = DecisionForm(level=Level(found.level))
    if not form.validate():
        return _case_page(found, decision=form), 422
    service.decide(
        current.session,
        actor=current.actor,
        case_id=case_id,
        decision=form.decision.data,
        reason=form.reason.data or "",
        message=form.message.data or "",
        reasons=form.reasons.data or (),
        steps=form.steps,
        now=current.now,
    )
    flash(_("The decision is recorded."), "ok")
    return redirect(url_for("compliance_admin.case", case_id=case_id), 303)


@pages.post("/manage/compliance/<uuid:case_id>/checks")
@requires(Perm.REVIEW, POLICY)
def check(case_id: UUID) -> ResponseReturnValue:
    found, form = _found(case_id), CheckForm()
    if not form.validate():
        return _case_page(found, check=form), 422
    service.record_check(
        current.session,
        actor=current.actor,
        case_id=case_id,
        kind=form.kind.data,
        outcome=form.outcome.data,
        finding=form.finding.data or "",
        note=form.note.data or "",
        now=current.now,
    )
    return redirect(url_for("compliance_admin.case", case_id=case_id), 303)


@pages.post("/manage/compliance/<uuid:case_id>/checks/<uuid:check_id>")
@requires(Perm.REVIEW, POLICY)
def settle(case_id: UUID, check_id: UUID) -> ResponseReturnValue:
    found, form = _found(case_id), SettleForm(prefix=str(check_id))
    if not form.validate():
        return _case_page(found, settling={check_id: form}), 422
    service.settle_check(
        current.session,
        actor=current.actor,
        case_id=case_id,
        check_id=check_id,
        outcome=form.outcome.data,
        note=form.note.data or "",
        now=current.now,
    )
    return redirect(url_for("compliance_admin.case", case_id=case_id), 303)


@pages.post("/manage/compliance/<uuid:case_id>/notes")
@requires(Perm.REVIEW, POLICY)
def note(case_id: UUID) -> ResponseReturnValue:
    found, form = _found(case_id), NoteForm()
    if not form.validate():
        return _case_page(found, note=form), 422
    service.add_note(current.session, actor=current.actor, case_id=case_id, text=form.text.data or "", now=current.now)
    return redirect(url_for("compliance_admin.case", case_id=case_id), 303)


@pages.get("/manage/compliance/<uuid:case_id>/documents/<uuid:document_id>")
@requires(Perm.REVIEW, POLICY)
def look(case_id: UUID, document_id: UUID) -> Response:
    if document_id not in {sent.document_id for sent in queries.documents(current.session, _found(case_id).id)}:
        raise NotFound
    opened = documents.open(current.session, actor=current.actor, document_id=document_id, now=current.now)
    return picture(opened.document.media_type, opened.content)


def waiting(session: Session, _actor: Actor) -> int:
    """Return how many cases wait, for the menu."""
    return service.waiting(session)


def _found(case_id: UUID) -> Case:
    return service.case_for_review(current.session, actor=current.actor, case_id=case_id)


def _case_page(
    found: Case,
    *,
    decision: DecisionForm | None = None,
    check: CheckForm | None = None,
    note: NoteForm | None = None,
    settling: dict[UUID, SettleForm] | None = None,
) -> str:
    sent = queries.documents(current.session, found.id)
    checks = queries.checks(current.session, found.id)
    settle = {row.id: SettleForm(formdata=None, prefix=str(row.id)) for row in checks if row.outcome == "open"}
    return page(
        "compliance/case.html",
        case=found,
        person=accounts.person(current.session, found.user_id),
        declared=declared(found),
        sent=sent,
        documents=documents.described(current.session, [row.document_id for row in sent]),
        checks=checks,
        trail=queries.trail(current.session, found.id, shown_only=False),
        decide_by=(found.submitted_at or found.opened_at) + rules.DECIDE_WITHIN,
        valid_until=current.now + rules.VALID_FOR,
        may_decide=POLICY.allows(current.actor, Perm.DECIDE, found) and found.status == rules.Status.SUBMITTED,
        is_own=found.user_id == current.actor.user_id,
        decision=decision or DecisionForm(formdata=None, level=Level(found.level)),
        check=check or CheckForm(formdata=None),
        note=note or NoteForm(formdata=None),
        settling=settle | (settling or {}),
        rules=rules,
    )
