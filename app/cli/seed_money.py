"""The demonstration's investments: pledged, paid by demo wallets on the local chain, held, released or refunded."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.seed_deals import House, Seeded, every_deal
from app.cli.seed_paper import paper
from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.modules.compliance import service as compliance
from app.modules.deals import service as deals
from app.modules.escrow.models import Escrow
from app.modules.investments import service as investments
from app.modules.investments.service_wizard import required_hashes
from tenants.service import Site
from tenants.session import tenant_session

ROUNDS = 120
QUIET_ROUNDS = 2


def ensure(settings: Settings, houses: Sequence[House], settle: Callable[[], None]) -> None:
    """Make the investments that are missing and wait until each has come to rest."""
    made = False
    for house in houses:
        for actor in house.people.at_level("in_review", "rejected"):
            _ask_for_review(house.site, actor)
    for house, deal in every_deal(houses):
        for key, amount in _wanted(deal):
            made = _invest(settings, house.site, deal, house.people[key], amount) or made
    if made:
        _await(settle, houses)
    for house in houses:
        for actor in house.people.at_level("rejected"):
            _reject(house.site, actor, house.people.with_role(Role.COMPLIANCE_OFFICER))
    if made:
        _await(settle, houses)


def _wanted(deal: Seeded) -> Iterator[tuple[str, int]]:
    if deal.content["stage"] == "open":
        for group in ("investments", "waiting", "refused"):
            yield from deal.content.get(group, {}).items()


def _invest(settings: Settings, site: Site, deal: Seeded, actor: Actor, amount: int) -> bool:
    """Pledge and pay whole units of the deal's currency; False where the person has invested before."""
    now = clock.now()
    key = f"demo-{deal.id}"
    with tenant_session(site.id) as session:
        if investments.by_key(session, actor=actor, key=key, digest=key) is not None:
            return False
        offer = deals.for_investment(session, deal.id)
        investment = investments.invest(
            session,
            actor=actor,
            deal=offer,
            amount=offer.asset.units(amount),
            key=key,
            hashes=required_hashes(session, deal.id),
            settings=site.settings,
            now=now,
        )
        investments.pay_with_demo_wallet(session, actor=actor, investment_id=investment.id, settings=settings, now=now)
    return True


def _await(settle: Callable[[], None], houses: Sequence[House]) -> None:
    """Do the worker's work until nothing has been under way for a few rounds."""
    quiet = 0
    for _ in range(ROUNDS):
        settle()
        quiet = quiet + 1 if all(_is_at_rest(house.site) for house in houses) else 0
        if quiet == QUIET_ROUNDS:
            return


def _is_at_rest(site: Site) -> bool:
    with tenant_session(site.id) as session:
        moving = select(Escrow.id).where(Escrow.status.in_(("expected", "arriving", "releasing", "refunding")))
        return session.scalar(moving.limit(1)) is None


def _ask_for_review(site: Site, actor: Actor) -> None:
    now = clock.now()
    with tenant_session(site.id) as session:
        if compliance.status_of(session, actor.require_id(), now).status != "not_started":
            return
        case = compliance.begin(session, actor=actor, level="standard", now=now)
        born = date(1984, 5, 17).isoformat()
        about = {"legal_name": actor.name, "born": born, "nationality": "NO"}
        compliance.declare(session, actor=actor, case_id=case.id, step="about", values=about)
        where = {"street": "Storgata 12", "postcode": "0184", "city": "Oslo", "country": "NO"}
        compliance.declare(session, actor=actor, case_id=case.id, step="address", values=where)
        for step, kind in (("identity", "passport"), ("address", "utility_bill")):
            _send(session, actor, case.id, step, kind)
        compliance.submit(session, actor=actor, case_id=case.id, now=now)


def _send(session: Session, actor: Actor, case_id: UUID, step: str, kind: str) -> None:
    content = paper([f"Specimen: {kind.replace('_', ' ')}", actor.name, "Made for the demonstration."])
    compliance.attach(
        session,
        actor=actor,
        case_id=case_id,
        step=step,
        kind=kind,
        name=f"{kind}.pdf",
        content=content,
        now=clock.now(),
    )


def _reject(site: Site, person: Actor, officer: Actor) -> None:
    now = clock.now()
    with tenant_session(site.id) as session:
        standing = compliance.status_of(session, person.require_id(), now)
        if standing.status == "submitted" and standing.case_id is not None:
            compliance.decide(
                session,
                actor=officer,
                case_id=standing.case_id,
                decision=compliance.Decision.REJECT,
                reasons=["not_confirmed"],
                message="The passport that was sent is a specimen.",
                now=now,
            )
