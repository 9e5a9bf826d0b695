"""Escrows in the back office: what is held, until when, and the decision."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.pagination import Page
from app.core.permissions import Actor
from app.modules.accounts import service as accounts
from app.modules.chain import service as chain
from app.modules.chain.errors import explain
from app.modules.compliance import service as compliance
from app.modules.escrow import queries, service
from app.modules.escrow.forms import RejectForm
from app.modules.escrow.models import Escrow
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("escrow_admin", __name__)

STATUSES = {
    "expected": (_l("Waits for payment"), "", "wait"),
    "arriving": (_l("Arriving"), "info", "wait"),
    "held": (_l("Held in escrow"), "brand", ""),
    "releasing": (_l("Being released"), "info", "wait"),
    "released": (_l("Released"), "ok", ""),
    "refunding": (_l("Being sent back"), "info", "wait"),
    "refunded": (_l("Sent back"), "", "stop"),
    "returning": (_l("Leaving the failed deal"), "info", "wait"),
    "returned": (_l("Returned by the failed deal"), "", "stop"),
}


@pages.get("/manage/escrows")
@requires(EscrowPermission.LIST, POLICY)
def index() -> str:
    status = request.args.get("status", "held")
    if status not in ("all", *STATUSES):
        raise NotFound
    number = Page.numbered(request.args.get("page", 1, type=int))
    found = queries.listing(current.session, status=None if status == "all" else status, page=number)
    strays = queries.strays(current.session)
    return page(
        "escrow/index.html",
        found=found,
        people={escrow.user_id: accounts.person(current.session, escrow.user_id) for escrow in found.items},
        strays=strays,
        assets=service.stray_assets(current.site, strays),
        status=status,
        statuses=STATUSES,
        sizes=queries.sizes(current.session),
        explain=explain,
        may_decide=POLICY.allows(current.actor, EscrowPermission.DECIDE),
        url_of_page=lambda at: url_for("escrow_admin.index", status=status, page=at),
    )


@pages.get("/manage/escrows/<uuid:investment_id>")
@requires(EscrowPermission.LIST, POLICY)
def show(investment_id: UUID) -> str:
    return _page(queries.get(current.session, investment_id), RejectForm(formdata=None))


@pages.post("/manage/escrows/<uuid:investment_id>/approve")
@requires(EscrowPermission.DECIDE, POLICY)
def approve(investment_id: UUID) -> ResponseReturnValue:
    service.approve(current.session, actor=current.actor, investment_id=investment_id, now=current.now)
    flash(_("The release is on its way to the chain."), "ok")
    return redirect(url_for("escrow_admin.show", investment_id=investment_id), 303)


@pages.post("/manage/escrows/<uuid:investment_id>/reject")
@requires(EscrowPermission.DECIDE, POLICY)
def reject(investment_id: UUID) -> ResponseReturnValue:
    escrow, form = queries.get(current.session, investment_id), RejectForm()
    if not form.validate():
        return _page(escrow, form), 422
    reason = form.reason.data or ""
    service.reject(current.session, actor=current.actor, investment_id=investment_id, reason=reason, now=current.now)
    flash(_("The money is on its way back to the investor."), "ok")
    return redirect(url_for("escrow_admin.show", investment_id=investment_id), 303)


@pages.post("/manage/escrows/strays/<uuid:stray_id>/return")
@requires(EscrowPermission.DECIDE, POLICY)
def send_back(stray_id: UUID) -> ResponseReturnValue:
    service.send_back(current.session, actor=current.actor, stray_id=stray_id, now=current.now)
    flash(_("The deposit is on its way back to the wallet that it came from."), "ok")
    return redirect(url_for("escrow_admin.index"), 303)


def waiting(session: Session, _actor: Actor) -> int:
    """Return how many escrows wait for a decision, for the menu."""
    return queries.waiting(session)


def _page(escrow: Escrow, form: RejectForm) -> str:
    level = compliance.level_of(current.session, escrow.user_id, current.now)
    return page(
        "escrow/show.html",
        escrow=escrow,
        person=accounts.person(current.session, escrow.user_id),
        verified=level.at_least(current.site.settings.required_level),
        statuses=STATUSES,
        form=form,
        explain=explain,
        link=chain.explorer_url,
        network=chain.network_name(escrow.chain_id),
        day=(current.now - escrow.opened_at).days if escrow.opened_at else 0,
        may_decide=POLICY.allows(current.actor, EscrowPermission.DECIDE, escrow),
    )
