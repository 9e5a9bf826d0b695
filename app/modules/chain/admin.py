"""The chain in the back office: what it is and holds, and a deal's deployment as it goes."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.modules.chain import (
    admin_contracts,
    admin_endpoints,
    admin_signer,
    admin_sponsoring,
    admin_transactions,
    queries,
    queries_transactions,
    service,
)
from app.modules.chain.errors import explain
from app.modules.chain.forms_words import FILTERS
from app.modules.chain.forms_words_following import trouble
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries import Progress
from app.web.access import polled, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("chain_admin", __name__)
CONSOLE = (admin_endpoints.pages, admin_signer.pages)
OFFICE = (pages, admin_contracts.pages, admin_endpoints.office, admin_sponsoring.pages, admin_transactions.pages)

STEPS = {
    "validate": (_l("Check"), _l("Chain, contracts, key and dates are in order.")),
    "token": (_l("Token"), _l("What investors will hold.")),
    "sale": (_l("Sale"), _l("Keeps released money until the deal succeeds or fails.")),
    "configure": (_l("Rights"), _l("The sale may issue the token.")),
    "activate": (_l("Opening"), _l("Escrows can be opened; certain once the block is final.")),
}


@pages.get("/manage/chain")
@requires(ChainPermission.SEE, POLICY)
def index() -> str:
    chain_id = current.site.settings.chain_id
    return page(
        "chain/index.html",
        contracts=queries.contracts(current.session),
        names=queries.deal_names(current.session),
        sizes=queries_transactions.sizes(current.session, current.now),
        filters=FILTERS,
        health=service.health(chain_id, current.now),
        trouble=trouble,
        fees=service.fees_paid(current.session),
        network=service.network_name(chain_id),
    )


@pages.get("/manage/deployments/<uuid:deal_id>")
@requires(ChainPermission.SEE, POLICY)
def deployment(deal_id: UUID) -> str:
    return page("chain/deployment.html", **_shown(queries.deployed(current.session, deal_id)))


@pages.get("/manage/deployments/<uuid:deal_id>/progress")
@requires(ChainPermission.SEE, POLICY)
@polled
def progress(deal_id: UUID) -> str:
    return page("chain/_deployment.html", **_shown(queries.deployed(current.session, deal_id)))


@pages.post("/manage/deployments/<uuid:deal_id>/retry")
@requires(ChainPermission.DEPLOY, POLICY)
def retry(deal_id: UUID) -> ResponseReturnValue:
    service.retry_deployment(current.session, actor=current.actor, deal_id=deal_id, now=current.now)
    flash(_("The step is tried again."), "ok")
    return redirect(url_for("chain_admin.deployment", deal_id=deal_id), 303)


def _shown(found: Progress) -> dict[str, Any]:
    return {
        "progress": found,
        "words": STEPS,
        "explain": explain,
        "link": service.explorer_url,
        "network": service.network_name(found.deployment.chain_id),
        "may_retry": POLICY.allows(current.actor, ChainPermission.DEPLOY),
    }
