"""Requests for a second person, in the back office."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.approvals import queries, service
from app.modules.approvals.forms import AnswerForm
from app.modules.approvals.models import Approval
from app.modules.approvals.permissions import POLICY, Perm
from app.modules.approvals.rules import KINDS
from app.modules.approvals.rules_facts import figure, said
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("approvals", __name__, url_prefix="/manage/approvals")
TAKE_PART = requires(Perm.TAKE_PART, POLICY)

STATES = {
    "asked": (_l("Waits for a second person"), "warn", "wait"),
    "approved": (_l("Agreed"), "ok", ""),
    "declined": (_l("Declined"), "bad", "stop"),
    "withdrawn": (_l("Withdrawn"), "", "stop"),
    "expired": (_l("Not answered in time"), "", "stop"),
}


@pages.get("")
@TAKE_PART
def index() -> str:
    """List what waits, and how earlier requests ended."""
    service.expire_old(current.session, now=current.now)
    waiting, past = queries.waiting(current.session), queries.past(current.session)
    return page(
        "approvals/index.html",
        waiting=waiting,
        past=past,
        people=_people([*waiting, *past]),
        kinds=KINDS,
        states=STATES,
    )


@pages.get("/<uuid:approval_id>")
@TAKE_PART
def show(approval_id: UUID) -> str:
    """Show one request with everything that the second person has to know."""
    return _page(queries.get(current.session, approval_id), AnswerForm(formdata=None))


@pages.post("/<uuid:approval_id>/approve")
@TAKE_PART
@fresh
def approve(approval_id: UUID) -> ResponseReturnValue:
    """Agree."""
    return _answered(approval_id, agree=True)


@pages.post("/<uuid:approval_id>/decline")
@TAKE_PART
@fresh
def decline(approval_id: UUID) -> ResponseReturnValue:
    """Refuse."""
    return _answered(approval_id, agree=False)


@pages.post("/<uuid:approval_id>/withdraw")
@TAKE_PART
def withdraw(approval_id: UUID) -> ResponseReturnValue:
    """Take one's own request back."""
    service.withdraw(current.session, actor=current.actor, approval_id=approval_id, now=current.now)
    flash(_("The request is withdrawn."), "ok")
    return redirect(url_for("approvals.show", approval_id=approval_id), 303)


def waiting(session: Session, actor: Actor) -> int:
    """Return how many requests wait for this person, for the menu."""
    return queries.count_for(session, actor.user_id)


def _answered(approval_id: UUID, *, agree: bool) -> ResponseReturnValue:
    form = AnswerForm()
    if not form.validate():
        return _page(queries.get(current.session, approval_id), form), 422
    answer = service.approve if agree else service.decline
    note = (form.note.data or "").strip()
    answer(current.session, actor=current.actor, approval_id=approval_id, note=note, now=current.now)
    flash(_("You agreed. It is being done.") if agree else _("You declined. Nothing changes."), "ok")
    return redirect(url_for("approvals.show", approval_id=approval_id), 303)


def _page(asked: Approval, form: AnswerForm) -> str:
    return page(
        "approvals/show.html",
        asked=asked,
        kind=KINDS[asked.kind],
        people=_people([asked]),
        states=STATES,
        said=said,
        figure=figure,
        form=form,
        is_own=asked.asked_by == current.actor.user_id,
        is_late=asked.expires_at <= current.now,
    )


def _people(requests: list[Approval]) -> dict[UUID, str]:
    wanted = {who for asked in requests for who in (asked.asked_by, asked.decided_by) if who is not None}
    return {user_id: accounts.person(current.session, user_id).name for user_id in wanted}
