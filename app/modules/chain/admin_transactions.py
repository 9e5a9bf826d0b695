"""Transactions in the back office: all of them by state, one with its whole life, and what a person may do about it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.money import Asset
from app.core.pagination import Page
from app.modules.chain import queries_transactions as queries
from app.modules.chain import rules, service, service_signer, service_transactions
from app.modules.chain.errors import explain
from app.modules.chain.forms_words import ALERTS, ATTEMPTS, FILTERS, KINDS, SIGNING, STATES, VERDICTS
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_transactions import Life
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("chain_transactions", __name__, url_prefix="/manage")


@pages.get("/transactions")
@requires(ChainPermission.SEE, POLICY)
def index() -> str:
    """List transactions by state."""
    chosen = request.args.get("state", "")
    state = chosen if chosen in queries.FILTERS else "all"
    part = Page.numbered(request.args.get("page", 1, type=int))
    return page(
        "chain/transactions.html",
        found=queries.transactions(current.session, state=state, now=current.now, page=part),
        sizes=queries.sizes(current.session, current.now),
        state=state,
        filters=FILTERS,
        url_of_page=lambda number: url_for("chain_transactions.index", state=state, page=number),
        **_words(),
    )


@pages.get("/transactions/<uuid:intent_id>")
@requires(ChainPermission.SEE, POLICY)
def show(intent_id: UUID) -> str:
    """Show one transaction with its whole life."""
    found = queries.life(current.session, intent_id)
    may_bump, may_cancel = service_transactions.choices(current.session, actor=current.actor, intent_id=intent_id)
    return page("chain/transaction.html", life=found, may_bump=may_bump, may_cancel=may_cancel, **_shown(found))


@pages.get("/transactions/<uuid:intent_id>/bump")
@requires(ChainPermission.STEER, POLICY)
def ask_bump(intent_id: UUID) -> str:
    """Show what offering more would mean."""
    found = queries.life(current.session, intent_id)
    return page(
        "chain/transaction_bump.html", planned=service.preview_bump(current.session, intent_id), **_shown(found)
    )


@pages.post("/transactions/<uuid:intent_id>/bump")
@requires(ChainPermission.STEER, POLICY)
def bump(intent_id: UUID) -> ResponseReturnValue:
    """Offer more."""
    queries.life(current.session, intent_id)
    service.bump(current.session, actor=current.actor, intent_id=intent_id, now=current.now)
    flash(_("The signer is asked for the higher fee."), "ok")
    return redirect(url_for("chain_transactions.show", intent_id=intent_id), 303)


@pages.get("/transactions/<uuid:intent_id>/cancel")
@requires(ChainPermission.STEER, POLICY)
def ask_cancel(intent_id: UUID) -> str:
    """Show what cancelling would mean."""
    found = queries.life(current.session, intent_id)
    planned = service.preview_cancel(current.session, intent_id)
    return page("chain/transaction_cancel.html", planned=planned, **_shown(found))


@pages.post("/transactions/<uuid:intent_id>/cancel")
@requires(ChainPermission.STEER, POLICY)
def cancel(intent_id: UUID) -> ResponseReturnValue:
    """Cancel."""
    queries.life(current.session, intent_id)
    service.cancel(current.session, actor=current.actor, intent_id=intent_id, now=current.now)
    flash(_("The transaction is being cancelled."), "ok")
    return redirect(url_for("chain_transactions.show", intent_id=intent_id), 303)


@pages.get("/signing")
@requires(ChainPermission.SEE, POLICY)
def signing() -> str:
    """Show this site's limits, what is used of them, and what the signer decided."""
    chain_id = current.site.settings.chain_id
    return page(
        "chain/signing.html",
        found=service_signer.signing(chain_id, tenant_id=current.site.id, now=current.now),
        coin=_coin(chain_id),
        kinds=KINDS,
        verdicts=VERDICTS,
        signing_states=SIGNING,
    )


def _coin(chain_id: int) -> Asset:
    return Asset(service.coin(chain_id), 18, 6)


def _shown(found: Life) -> dict[str, Any]:
    return {
        "intent": found.intent,
        "coin": _coin(found.intent.chain_id),
        "gwei": Asset("gwei", 9, 3),
        "cap": rules.fee_cap(found.intent.kind),
        "network": service.network_name(found.intent.chain_id),
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "kinds": KINDS,
        "attempt_states": ATTEMPTS,
        "alerts": ALERTS,
        "explain": explain,
        "link": service.explorer_url,
    }
