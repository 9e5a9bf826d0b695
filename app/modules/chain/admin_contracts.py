"""Contracts and network fees in the back office, as the worker last saw them; no page here asks a node."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.money import Asset
from app.integrations.chain.networks import network
from app.modules.chain import queries, rules, service_contracts, service_signer
from app.modules.chain.forms_words import KINDS
from app.modules.chain.forms_words_contracts import FINDINGS, ROLES, SORTS, STANDING, VERIFIED, WHOSE
from app.modules.chain.forms_words_following import trouble
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.rules import ZERO_ADDRESS
from app.modules.chain.rules_contracts import Standing
from app.modules.chain.service_fees import coin_asset
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("chain_contracts", __name__, url_prefix="/manage/chain")


@pages.get("/contracts")
@requires(ChainPermission.SEE, POLICY)
def index() -> str:
    """Show every contract of the site: what it is, holds and allows, and whether it is what was built."""
    found = service_contracts.inventory(current.session, current.settings.chain_id)
    picture = found.picture
    successor = picture.successor if picture else ZERO_ADDRESS
    return page(
        "chain/contracts.html",
        found=found,
        picture=picture,
        successor=successor if successor != ZERO_ADDRESS else "",
        trouble=trouble,
        may_steer=POLICY.allows(current.actor, ChainPermission.DEPLOY),
        **_words(),
    )


@pages.post("/contracts/refresh")
@requires(ChainPermission.SEE, POLICY)
def refresh() -> ResponseReturnValue:
    """Let the worker look at the contracts now."""
    service_contracts.ask_refresh(
        current.session, actor=current.actor, chain_id=current.settings.chain_id, now=current.now
    )
    flash(_("The contracts are being looked at. It takes a few seconds."), "ok")
    return redirect(url_for("chain_contracts.index"), 303)


@pages.get("/gas")
@requires(ChainPermission.SEE, POLICY)
def gas() -> str:
    """Show what the chain costs, and how long the operator's coin lasts."""
    chain_id = current.settings.chain_id
    month = rules.month_begun(current.now, current.site.settings.time_zone)
    return page(
        "chain/contracts_gas.html",
        gas=service_contracts.gas(current.session, chain_id, month=month, now=current.now),
        limits=service_signer.limits_of(str(current.site.id)),
        coin=coin_asset(chain_id),
        gwei=Asset("gwei", 9, 3),
        caps=(rules.fee_cap("deal.token"), rules.fee_cap("escrow.release")),
        most_times=rules.MOST_TIMES,
        low_at=service_contracts.LOW,
        kinds=KINDS,
        network=network(chain_id).name,
        local=current.settings.is_local_chain,
    )


def _words() -> dict[str, Any]:
    chain_id, names = current.settings.chain_id, queries.deal_names(current.session)
    return {
        "names": names,
        "named": {str(current.site.id): current.site.name} | {str(deal_id): name for deal_id, name in names.items()},
        "sorts": SORTS,
        "assets": service_contracts.taken(current.site, chain_id),
        "amounts": _amounts,
        "unit": lambda one: Asset("", one.unit),
        "deal": lambda one: UUID(one.deal_id) if one.deal_id else None,
        "address_link": lambda address: network(chain_id).link("address", address),
        "words": {"states": STANDING, "roles": ROLES, "whose": WHOSE, "verified": VERIFIED, "findings": FINDINGS},
    }


def _amounts(standing: Standing, assets: dict[str, Asset]) -> list[tuple[int, Asset | None, str]]:
    """Return what a contract holds: base units, the asset (None for one that the site doesn’t take), its address."""
    return [(amount, assets.get(address), address) for address, amount in standing.holds.items()]
