"""Books against contracts, in the back office."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.approvals import service as approvals
from app.modules.chain import service as chain
from app.modules.escrow import admin as escrows
from app.modules.escrow import service_reconciling as service
from app.modules.escrow.forms import SettleForm
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("reconciliation", __name__, url_prefix="/manage/reconciliation")
OFFICE = (escrows.pages, pages)


@pages.get("")
@requires(EscrowPermission.LIST, POLICY)
def index() -> str:
    """Show the newest comparison, what stands still because of it, and how earlier ones ended."""
    return _page(SettleForm(formdata=None))


@pages.post("/resume")
@requires(EscrowPermission.SETTLE, POLICY)
@fresh
def resume() -> ResponseReturnValue:
    """Ask for a second person to let payouts go on."""
    form = SettleForm()
    if not form.validate():
        return _page(form), 422
    asked = service.ask_to_resume(current.session, actor=current.actor, reason=form.reason.data or "", now=current.now)
    flash(_("A colleague is asked to agree. Until then payouts stand still."), "ok")
    return redirect(url_for("approvals.show", approval_id=asked.id), 303)


def standing_still(session: Session, _actor: Actor) -> int:
    """Return 1 while payouts stand still, for the menu."""
    return int(chain.payout_freeze(session) is not None)


def _page(form: SettleForm) -> str:
    freeze = chain.payout_freeze(current.session)
    asked = approvals.open_one(current.session, service.RESUME, freeze.id) if freeze else None
    found = service.past(current.session)
    return page(
        "escrow/reconciliation.html", found=found, newest=found[0] if found else None, freeze=freeze, asked=asked,
        form=form, said=approvals.said, figure=approvals.figure,
        may_settle=POLICY.allows(current.actor, EscrowPermission.SETTLE),
    )  # fmt: skip
