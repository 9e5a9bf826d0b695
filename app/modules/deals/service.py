"""What other modules may ask of deals: draft and run them, invest in them, name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.money import Asset
from app.core.permissions import Actor
from app.modules.deals.models import Deal
from app.modules.deals.permissions import POLICY, Perm
from app.modules.deals.rules_terms import Ground, ground_of
from app.modules.deals.service_drafting import (
    add_question,
    attach,
    comment,
    detach,
    draft,
    feature,
    publish_update,
    remove_question,
    revise,
)
from app.modules.deals.service_life import (
    approve,
    cancel,
    close,
    conclude,
    deployed,
    fallen,
    load,
    open_deal,
    pause,
    reopen,
    request_changes,
    resume,
    settle,
    start,
    submit,
    withdraw,
)
from app.modules.deals.service_money import (
    InvestableDeal,
    RequiredDocument,
    book,
    count_again,
    for_investment,
    id_of,
    investors,
    offered,
    reserve,
    reserve_again,
    unbook,
    unreserve,
)
from app.modules.deals.service_sale import announced, begin_sale, confirmed, lost, refused, sale_of

__all__ = [
    "DealLabel",
    "Ground",
    "InvestableDeal",
    "RequiredDocument",
    "add_question",
    "announced",
    "approve",
    "attach",
    "begin_sale",
    "book",
    "cancel",
    "close",
    "comment",
    "conclude",
    "confirmed",
    "count_again",
    "count_by_status",
    "deployed",
    "detach",
    "draft",
    "fallen",
    "feature",
    "for_investment",
    "ground_of",
    "id_of",
    "investors",
    "labels",
    "load",
    "lost",
    "must_see_money",
    "offered",
    "open_deal",
    "pause",
    "publish_update",
    "refused",
    "remove_question",
    "reopen",
    "request_changes",
    "reserve",
    "reserve_again",
    "resume",
    "revise",
    "sale_of",
    "settle",
    "start",
    "submit",
    "unbook",
    "unreserve",
    "withdraw",
]


@dataclass(frozen=True)
class DealLabel:
    """Enough of a deal to name it in a list."""

    id: UUID
    slug: str
    title: str
    kind: str
    status: str
    cover_kind: str
    issuer_id: UUID
    issuer_name: str
    asset: Asset
    token_symbol: str
    raised: int
    hard_cap: int


def labels(session: Session, deal_ids: Iterable[UUID]) -> dict[UUID, DealLabel]:
    """Return the labels of these deals, by id; absent ones are left out."""
    rows = session.scalars(select(Deal).where(Deal.id.in_(set(deal_ids))))
    return {
        deal.id: DealLabel(
            id=deal.id,
            slug=deal.slug,
            title=deal.title,
            kind=deal.kind,
            status=deal.status,
            cover_kind=deal.cover_kind,
            issuer_id=deal.issuer_id,
            issuer_name=deal.issuer_name,
            asset=deal.asset,
            token_symbol=deal.token_symbol,
            raised=deal.raised,
            hard_cap=deal.hard_cap or 0,
        )
        for deal in rows
    }


def count_by_status(session: Session) -> dict[str, int]:
    """Return status → number of the site's deals."""
    rows = session.execute(select(Deal.status, func.count()).group_by(Deal.status).order_by(Deal.status))
    return {row[0]: row[1] for row in rows}


def must_see_money(session: Session, *, actor: Actor, deal_id: UUID) -> Deal:
    """Return the deal if `actor` may see who invested in it. Raises DealNotFound, SignInNeeded or Forbidden."""
    deal = load(session, deal_id)
    POLICY.must(actor, Perm.SEE_MONEY, deal)
    return deal
