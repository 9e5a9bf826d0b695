"""Who invested in a deal, and what the chain says of each investment, for its issuer and the officers."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.core.pagination import Page
from app.modules.accounts import service as accounts
from app.modules.chain import service as chain
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.investments import queries
from app.modules.investments.permissions import POLICY, Perm
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("deal_investors", __name__)


@pages.get("/issuer/deals/<uuid:deal_id>/investors")
@requires(Perm.LIST, POLICY)
def index(deal_id: UUID) -> ResponseReturnValue:
    deals.must_see_money(current.session, actor=current.actor, deal_id=deal_id)
    number = request.args.get("page", 1, type=int)
    found = queries.of_deal(current.session, deal_id, page=Page.numbered(number, limit=50))
    people = {each.user_id: accounts.person(current.session, each.user_id) for each in found.items}
    return page(
        "investments/investors.html",
        deal=deals.for_investment(current.session, deal_id),
        found=found,
        people=people,
        page_url=lambda n: url_for("deal_investors.index", deal_id=deal_id, page=n),
    )


@pages.get("/issuer/deals/<uuid:deal_id>/investors/<uuid:investment_id>")
@requires(Perm.LIST, POLICY)
def show(deal_id: UUID, investment_id: UUID) -> ResponseReturnValue:
    """Show one investment in the deal: its state, its deadline, its transactions and what comes next."""
    deals.must_see_money(current.session, actor=current.actor, deal_id=deal_id)
    investment = queries.pledged(current.session, deal_id, investment_id)
    kept = escrow.of_investment(current.session, investment_id)
    return page(
        "investments/investor_of_deal.html",
        investment=investment,
        deal=deals.for_investment(current.session, deal_id),
        person=accounts.person(current.session, investment.user_id),
        escrow=kept,
        day=(current.now - kept.opened_at).days if kept and kept.opened_at else 0,
        link=chain.explorer_url,
        network=chain.network_name(kept.chain_id) if kept else "",
    )
