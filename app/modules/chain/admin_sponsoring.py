"""People's network fees in the back office: the budget, its switch, and for whom it was spent."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import service as accounts
from app.modules.chain import queries_sponsoring as queries
from app.modules.chain import service, service_sponsoring
from app.modules.chain.errors import explain
from app.modules.chain.forms_sponsoring import PERIODS, SponsoringForm
from app.modules.chain.forms_words import STATES
from app.modules.chain.permissions import POLICY, ChainPermission
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("chain_sponsoring", __name__, url_prefix="/manage/chain/sponsoring")


@pages.get("")
@requires(ChainPermission.SEE, POLICY)
def index() -> str:
    """Show the budget, and for whom it was spent."""
    settings = current.site.settings
    return _page(SponsoringForm(data={"on": settings.sponsor_fees, "a_day": settings.sponsored_a_day}, formdata=None))


@pages.post("")
@requires(ChainPermission.STEER, POLICY)
def save() -> ResponseReturnValue:
    """Switch it on or off, and say how often a day for one person."""
    form = SponsoringForm()
    if not form.validate():
        return _page(form), 422
    service_sponsoring.choose(
        current.session, actor=current.actor, on=bool(form.on.data), a_day=form.a_day.data or 1, now=current.now
    )
    flash(_("Saved. It holds from the next payment on."), "ok")
    return redirect(url_for("chain_sponsoring.index"), 303)


def _page(form: SponsoringForm) -> str:
    chain_id = current.site.settings.chain_id
    carried = queries.recent(current.session, chain_id)
    return page(
        "chain/sponsoring.html",
        form=form,
        found=service_sponsoring.budget(current.session, chain_id),
        carried=carried,
        names={one.user_id: accounts.person(current.session, one.user_id).name for one, _intent in carried},
        may_choose=POLICY.allows(current.actor, ChainPermission.STEER),
        network=service.network_name(chain_id),
        periods=PERIODS,
        states=STATES,
        explain=explain,
    )
