"""The demonstration's deals: drafted, submitted, approved and opened by the people whose part it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.seed_paper import paper
from app.cli.seed_people import Cast
from app.core import clock
from app.core.permissions import Actor, Role
from app.modules.deals import service as deals
from app.modules.deals.models import Deal, DealUpdate
from tenants.service import Site
from tenants.session import tenant_session

ROUNDS = 60
ORDER = ("draft", "submitted", "approved", "scheduled", "open")


@dataclass(frozen=True)
class Seeded:
    """A deal of the demonstration: its id and what the content file says of it."""

    id: UUID
    content: dict[str, Any]

    @property
    def is_opened(self) -> bool:
        return self.content["stage"] in ("open", "scheduled")


@dataclass(frozen=True)
class House:
    """A tenant of the demonstration with its people and deals."""

    site: Site
    people: Cast
    deals: Sequence[Seeded]


def ensure(site: Site, contents: Sequence[dict[str, Any]], people: Cast) -> list[Seeded]:
    """Make the deals that are missing and bring each to its stage, short of the chain."""
    issuer, admin = people.with_role(Role.ISSUER), people.with_role(Role.TENANT_ADMIN)
    return [Seeded(_deal(site, content, issuer, admin), content) for content in contents]


def deploy(houses: Sequence[House], settle: Callable[[], None]) -> None:
    """Open what shall be open: contracts are deployed on the chain, for all tenants side by side."""
    now = clock.now()
    for house, deal in every_deal(houses):
        with tenant_session(house.site.id) as session:
            if deal.is_opened and deals.load(session, deal.id).status == "approved":
                ground = deals.ground_of(house.site.settings, now)
                admin = house.people.with_role(Role.TENANT_ADMIN)
                deals.open_deal(session, actor=admin, deal_id=deal.id, ground=ground, now=now)
    for _ in range(ROUNDS):
        settle()
        if not any(_is_opening(house, deal) for house, deal in every_deal(houses)):
            break
    for house, deal in every_deal(houses):
        with tenant_session(house.site.id) as session:
            _news(session, deal, house.people.with_role(Role.ISSUER))


def every_deal(houses: Sequence[House]) -> Iterator[tuple[House, Seeded]]:
    """Yield every deal with the house it belongs to."""
    for house in houses:
        for deal in house.deals:
            yield house, deal


def _is_opening(house: House, deal: Seeded) -> bool:
    with tenant_session(house.site.id) as session:
        return deals.load(session, deal.id).status == "opening"


def _deal(site: Site, content: dict[str, Any], issuer: Actor, admin: Actor) -> UUID:
    now = clock.now()
    title = content["form"]["title"]
    with tenant_session(site.id) as session:
        known = session.scalar(select(Deal.id).where(Deal.title == title))
        if known is not None:
            return known
        ground = deals.ground_of(site.settings, now)
        form = {**content["form"], "asset": ground.assets[0].key, **_days(content, now)}
        deal = deals.draft(
            session, actor=issuer, kind=content["kind"], form=form, ground=ground, now=_began(content, now)
        )
        for document in content.get("documents", ()):
            _attach(session, deal.id, document, issuer, now)
        if ORDER.index(content["stage"]) >= 1:
            deals.submit(session, actor=issuer, deal_id=deal.id, ground=ground, now=now)
        if ORDER.index(content["stage"]) >= 2:
            deals.approve(session, actor=admin, deal_id=deal.id, now=now)
        if content.get("featured"):
            deals.feature(session, actor=admin, deal_id=deal.id, on=True, now=now)
        return deal.id


def _days(content: dict[str, Any], now: datetime) -> dict[str, str]:
    named = {"opens_at": "opens_in_days", "closes_at": "closes_in_days"}
    return {
        field: (now + timedelta(days=content[days])).date().isoformat()
        for field, days in named.items()
        if days in content
    }


def _began(content: dict[str, Any], now: datetime) -> datetime:
    return now + timedelta(days=min(0, content.get("opens_in_days", 0)) - 10)


def _attach(session: Session, deal_id: UUID, document: dict[str, Any], issuer: Actor, now: datetime) -> None:
    deals.attach(
        session,
        actor=issuer,
        deal_id=deal_id,
        name="document.pdf",
        content=paper(document["lines"]),
        title=document["title"],
        access=document["access"],
        required=document["required"],
        now=now,
    )


def _news(session: Session, deal: Seeded, issuer: Actor) -> None:
    """Updates and questions are added once, when the deal has none yet."""
    now = clock.now()
    if not deal.is_opened or session.scalar(select(DealUpdate.id).where(DealUpdate.deal_id == deal.id).limit(1)):
        return
    for update in reversed(deal.content.get("updates", [])):
        at = now - timedelta(days=update["days_ago"])
        deals.publish_update(session, actor=issuer, deal_id=deal.id, title=update["title"], body=update["body"], now=at)
    for entry in deal.content.get("questions", []):
        deals.add_question(
            session, actor=issuer, deal_id=deal.id, question=entry["question"], answer=entry["answer"], now=now
        )
