"""Verification, as the person sees it: what is needed, the steps, and what happens next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import Invalid, NotFound
from app.modules.accounts import service as accounts
from app.modules.compliance import forms, queries, rules, service
from app.modules.compliance.forms_words import declared
from app.modules.compliance.models import Case, CaseDocument
from app.modules.compliance.permissions import POLICY, Perm
from app.modules.compliance.rules import Level, Step
from app.modules.documents import service as documents
from app.modules.documents.errors import UploadRefused
from app.modules.profiles import service as profiles
from app.web.access import requires
from app.web.current import current
from app.web.problems import said
from app.web.theming import page

pages = Blueprint("compliance", __name__)

SHOWN_OPENINGS = 5


@dataclass(frozen=True)
class StepLine:
    """A step as a list shows it. `state`: done, again, open or closed (nothing can be changed now)."""

    step: Step
    label: str
    state: str
    note: str = ""


@pages.get("/verification")
@requires(Perm.TAKE_PART, POLICY)
def index() -> str:
    user_id = current.actor.require_id()
    standing = service.status_of(current.session, user_id, current.now)
    case = queries.latest(current.session, user_id)
    wanted = Level(current.site.settings.required_level)
    return page(
        "compliance/index.html",
        standing=standing,
        case=case,
        steps=_lines(case) if case else [],
        trail=queries.trail(current.session, case.id, shown_only=True) if case else [],
        wanted=wanted if wanted in rules.STEPS else Level.STANDARD,
        requestable=rules.requestable(standing.level),
        sent=_sent(case) if case else [],
        openings=_openings(case) if case else [],
        renewable=rules.may_renew(standing.expires_at, current.now),
        rules=rules,
    )


@pages.post("/verification")
@requires(Perm.TAKE_PART, POLICY)
def begin() -> ResponseReturnValue:
    level = request.form.get("level", "")
    if level not in set(rules.STEPS):
        raise Invalid(_("Choose the level standard, enhanced or accredited."))
    case = service.begin(current.session, actor=current.actor, level=level, now=current.now)
    return redirect(_next_url(case), 303)


@pages.get("/verification/<any(about, identity, address, funds, standing):name>")
@requires(Perm.TAKE_PART, POLICY)
def step(name: str) -> str:
    case, part = _editable(name)
    return _step_page(case, part, _form(case, part))


@pages.post("/verification/<any(about, identity, address, funds, standing):name>")
@requires(Perm.TAKE_PART, POLICY)
def save(name: str) -> ResponseReturnValue:
    case, part = _editable(name)
    form = _form(case, part)
    if not form.validate():
        return _step_page(case, part, form), 422
    try:
        _keep(case, part, form)
    except UploadRefused as refused:
        form["files"].errors = [said(refused)]
        return _step_page(case, part, form), 422
    return redirect(_next_url(case), 303)


@pages.post("/verification/files/<uuid:sent_id>/remove")
@requires(Perm.TAKE_PART, POLICY)
def remove(sent_id: UUID) -> ResponseReturnValue:
    case = _open_case()
    sent = service.detach(current.session, actor=current.actor, case_id=case.id, sent_id=sent_id, now=current.now)
    return redirect(url_for("compliance.step", name=sent.step), 303)


@pages.get("/verification/review")
@requires(Perm.TAKE_PART, POLICY)
def review() -> ResponseReturnValue:
    case = _open_case()
    if service.lacking(current.session, case) or case.status not in rules.EDITABLE:
        return redirect(url_for("compliance.index"), 303)
    return page(
        "compliance/review.html", case=case, steps=_lines(case), sent=_sent(case), declared=declared(case), rules=rules
    )


@pages.post("/verification/review")
@requires(Perm.TAKE_PART, POLICY)
def submit() -> ResponseReturnValue:
    case = _open_case()
    if case.status == rules.Status.SUBMITTED:  # a second click
        return redirect(url_for("compliance.index"), 303)
    service.submit(current.session, actor=current.actor, case_id=case.id, now=current.now)
    flash(_("Sent. You hear from us as soon as it is decided."), "ok")
    return redirect(url_for("compliance.index"), 303)


def _open_case() -> Case:
    case = queries.open_case(current.session, current.actor.require_id())
    if case is None:
        raise NotFound
    return case


def _editable(name: str) -> tuple[Case, Step]:
    case, part = _open_case(), Step(name)
    if part not in rules.editable_steps(rules.Status(case.status), Level(case.level), case.reopened):
        raise NotFound
    return case, part


def _form(case: Case, part: Step) -> forms.StepForm:
    values = dict(case.declared.get(part, {}))
    if part in (Step.ABOUT, Step.ADDRESS) and not values:
        values = _known_before(case.user_id, rules.REQUIREMENTS[part].fields)
    enough = queries.usable_files(current.session, case.id)[part] >= rules.REQUIREMENTS[part].files
    return forms.of_step(part, values, has_files=enough, today=current.now.date())


def _known_before(user_id: UUID, names: Sequence[str]) -> dict[str, str]:
    """Return what the person said in their account, to begin with."""
    person = accounts.person(current.session, user_id)
    said = profiles.personal(current.session, user_id=user_id, secret_key=current.settings.secret_key)
    given = {name: said.get(name) or "" for name in names}
    if not said and "nationality" in names:
        given |= {"legal_name": person.name, "nationality": person.country}
    return given


def _keep(case: Case, part: Step, form: forms.StepForm) -> None:
    service.declare(current.session, actor=current.actor, case_id=case.id, step=part, values=form.declared())
    for name, content in form.sent():
        service.attach(
            current.session,
            actor=current.actor,
            case_id=case.id,
            step=part,
            kind=form["kind"].data,
            name=name,
            content=content,
            now=current.now,
        )


def _step_page(case: Case, part: Step, form: forms.StepForm) -> str:
    lines = _lines(case)
    return page(
        f"compliance/step_{part}.html",
        case=case,
        form=form,
        step=part,
        steps=lines,
        number=[line.step for line in lines].index(part) + 1,
        sent=[pair for pair in _sent(case) if pair[0].step == part],
        asked_again=_(rules.MORE_REASONS[case.reopened[part]["why"]]) if part in case.reopened else "",
        rules=rules,
    )


def _next_url(case: Case) -> str:
    lacks = service.lacking(current.session, case)
    return url_for("compliance.step", name=lacks[0].value) if lacks else url_for("compliance.review")


def _lines(case: Case) -> list[StepLine]:
    lacks = service.lacking(current.session, case)
    editable = rules.editable_steps(rules.Status(case.status), Level(case.level), case.reopened)
    lines = []
    for part in rules.STEPS[Level(case.level)]:
        again = case.reopened.get(part)
        state = "done" if part not in lacks else "again" if again else "open"
        note = _(rules.MORE_REASONS[again["why"]]) if again and not again["done"] else ""
        lines.append(StepLine(part, _(rules.REQUIREMENTS[part].label), state if part in editable else "closed", note))
    return lines


def _openings(case: Case) -> list[tuple[str, datetime]]:
    """Return the names of the others who opened this case's files, and when; the newest first."""
    ids = [row.document_id for row in queries.documents(current.session, case.id)]
    opened = documents.openings_of(current.session, actor=current.actor, document_ids=ids)
    return [(row.opener_name, row.opened_at) for row in opened if row.opener_id != case.user_id][:SHOWN_OPENINGS]


def _sent(case: Case) -> Sequence[tuple[CaseDocument, documents.Document]]:
    """Return what was sent, with its record."""
    rows = queries.documents(current.session, case.id)
    known = documents.described(current.session, [row.document_id for row in rows])
    return [(row, known[row.document_id]) for row in rows]
