"""The signer on the installation's console: its switch, its limits, and what is stuck anywhere."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import Invalid
from app.core.money import Asset
from app.modules.chain import queries_transactions as queries
from app.modules.chain import service, service_signer
from app.modules.chain.errors import explain
from app.modules.chain.forms_signer import HaltForm, LimitsForm
from app.modules.chain.forms_words import ALERTS, KINDS, OWNERS, SIGNING, STATES, VERDICTS
from app.modules.chain.permissions import POLICY, ChainPermission
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page
from tenants import service as tenancy
from tenants.session import platform_session

pages = Blueprint("chain_signer", __name__, url_prefix="/signer")
SCOPES = ("whole", "tenant")


@pages.get("")
@requires(ChainPermission.OPERATE, POLICY)
def index() -> str:
    """Show the signer."""
    return _page(HaltForm(), _forms())


@pages.post("/halt")
@requires(ChainPermission.OPERATE, POLICY)
def halt() -> ResponseReturnValue:
    """Stop all signing."""
    form = HaltForm()
    if not form.validate():
        return _page(form, _forms()), 422
    reason = str(form.reason.data).strip()
    service_signer.halt(current.session, actor=current.actor, reason=reason, now=current.now)
    flash(_("Signing is halted."), "ok")
    return redirect(url_for("chain_signer.index"), 303)


@pages.post("/resume")
@requires(ChainPermission.OPERATE, POLICY)
@fresh
def resume() -> ResponseReturnValue:
    """Sign again."""
    service_signer.resume(current.session, actor=current.actor, now=current.now)
    flash(_("The signer signs again."), "ok")
    return redirect(url_for("chain_signer.index"), 303)


@pages.post("/limits/<any(whole, tenant):scope>")
@requires(ChainPermission.OPERATE, POLICY)
@fresh
def limit(scope: str) -> ResponseReturnValue:
    """Set what signing may cost."""
    form = LimitsForm(prefix=scope)
    forms = {**_forms(), scope: form}
    if not form.validate():
        return _page(HaltForm(formdata=None), forms), 422
    try:
        wanted = form.limits(_coin())
    except Invalid as refused:
        form.form_errors.append(str(refused))
        return _page(HaltForm(formdata=None), forms), 422
    service_signer.limit(current.session, actor=current.actor, scope=scope, limits=wanted, now=current.now)
    flash(_("The limits are set."), "ok")
    return redirect(url_for("chain_signer.index"), 303)


def _coin() -> Asset:
    return Asset(service.coin(current.settings.chain_id), 18, 6)


def _forms() -> dict[str, LimitsForm]:
    coin = _coin()
    return {scope: LimitsForm.of(service_signer.limits_of(scope), coin, scope) for scope in SCOPES}


def _page(halting: HaltForm, forms: dict[str, Any]) -> str:
    with platform_session() as session:
        stuck = queries.stuck_everywhere(session, current.now)
    return page(
        "chain/signer.html",
        found=service_signer.signing(current.settings.chain_id, tenant_id=None, now=current.now),
        network=service.network_name(current.settings.chain_id),
        sites={site.id: site for site in tenancy.sites()},
        url_of=lambda site, path: current.settings.url(site.host, path),
        stuck=stuck,
        shares=service_signer.owners_shares(current.settings.chain_id),
        sorts=OWNERS,
        halting=halting,
        forms=forms,
        coin=_coin(),
        states=STATES,
        kinds=KINDS,
        alerts=ALERTS,
        verdicts=VERDICTS,
        signing_states=SIGNING,
        explain=explain,
    )
