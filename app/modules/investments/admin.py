"""Who invested in a deal, for its issuer and the officers."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.core.pagination import Page
from app.modules.accounts import service as accounts
from app.modules.deals import service as deals
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
