"""How the chain is followed: for who runs the installation, with what to decide; for a tenant's office, to read."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.integrations.chain.networks import network
from app.modules.chain import service_following as service
from app.modules.chain.forms_following import AlarmForm
from app.modules.chain.forms_words_following import ALARMS, STATES, VERIFIED, detail, trouble
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_following import FREEZING
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("chain_console", __name__, url_prefix="/chain")
office = Blueprint("chain_following", __name__)


@pages.get("")
@requires(ChainPermission.OPERATE, POLICY)
def index() -> str:
    return _page()


@pages.post("/alarms/<uuid:alarm_id>/clear")
@requires(ChainPermission.OPERATE, POLICY)
@fresh
def clear(alarm_id: UUID) -> ResponseReturnValue:
    """Ask for a second person to end an alarm, and the freeze with it."""
    form = AlarmForm()
    if not form.validate():
        return _page(form, alarm_id), 422
    said = form.reason.data or ""
    asked = service.ask_to_clear(current.session, actor=current.actor, alarm_id=alarm_id, reason=said, now=current.now)
    flash(_("Another operator is asked to agree. Until then nothing is sent."), "ok")
    return redirect(url_for("approvals.show", approval_id=asked.id), 303)


@pages.post("/alarms/<uuid:alarm_id>/accept")
@requires(ChainPermission.OPERATE, POLICY)
@fresh
def accept(alarm_id: UUID) -> ResponseReturnValue:
    form = AlarmForm()
    if not form.validate():
        return _page(form, alarm_id), 422
    said = form.reason.data or ""
    service.accept_branch(current.session, actor=current.actor, alarm_id=alarm_id, reason=said, now=current.now)
    flash(_("The new branch will be followed. The freeze stays until two operators have ended it."), "ok")
    return redirect(url_for("chain_console.index"), 303)


@office.get("/manage/chain/following")
@requires(ChainPermission.SEE, POLICY)
def read() -> str:
    return page("chain/endpoints_office.html", **_shown(current.site.settings.chain_id))


def _page(form: AlarmForm | None = None, about: UUID | None = None) -> str:
    shown = _shown(current.settings.chain_id)
    forms = {alarm.id: form if alarm.id == about and form else AlarmForm(formdata=None) for alarm in shown["alarms"]}
    for alarm_id, one in forms.items():
        one.reason.id = f"reason-{alarm_id}"
    return page(
        "chain/endpoints.html",
        forms=forms,
        verified=VERIFIED,
        requests=service.requests(current.session, shown["found"]),
        alone=service.is_alone(current.session),
        slug=current.site.slug,
        **shown,
    )


def _shown(chain_id: int) -> dict[str, Any]:
    found, chain = service.following(chain_id), network(chain_id)
    return {
        "chain": chain,
        "found": found,
        "alarms": found.alarms,
        "states": STATES,
        "words": ALARMS,
        "detail": detail,
        "trouble": trouble,
        "freezing": FREEZING,
        "behind_seconds": round((found.lag or 0) * chain.block_time),
        "final_seconds": round(_unfinal(found) * chain.block_time),
        "unfinal": _unfinal(found),
    }


def _unfinal(found: service.Following) -> int:
    row = found.network
    return max(0, row.head_number - row.final_number) if row else 0
