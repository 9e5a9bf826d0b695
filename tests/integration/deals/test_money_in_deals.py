"""Caps hold in any crowd, and the database keeps the table of steps even from those who write past the service."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.permissions import Actor, Role
from app.modules.deals import rules, service
from app.modules.deals.errors import DealNotFound, NoRoom, NotOpen
from app.modules.deals.models import Deal
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person
from tests.support.dealing import EUR, issuer_of, opened, pays_in_euro


@pytest.fixture
def site(acme: Site) -> Site:
    return pays_in_euro(acme)


@pytest.fixture
def irene(site: Site) -> Actor:
    return issuer_of(site, person(site, "irene", Role.ISSUER).id)


def loaded(site: Site, deal_id: UUID) -> Deal:
    with tenant_session(site.id) as session:
        return service.load(session, deal_id)


def reserve(site: Site, deal_id: UUID, amount: int) -> bool:
    try:
        with tenant_session(site.id) as session:
            service.reserve(session, deal_id=deal_id, amount=amount, now=clock.now())
    except NoRoom:
        return False
    return True


def test_fifty_at_once_never_exceed_the_hard_cap(site: Site, irene: Actor) -> None:
    deal = opened(site, irene, hard_cap="100,000", soft_cap="50,000", max_ticket="", min_ticket="7,000")
    with ThreadPoolExecutor(10) as crowd:
        taken = list(crowd.map(lambda _: reserve(site, deal.id, 7_000 * EUR), range(50)))
    assert sum(taken) == 14
    assert loaded(site, deal.id).reserved == 98_000 * EUR


def test_money_moves_from_reserved_to_raised_and_back(site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    alice, bob = person(site, "alice").id, person(site, "bob").id
    with tenant_session(site.id) as session:
        for amount in (10_000, 20_000, 5_000, 6_000):
            service.reserve(session, deal_id=deal.id, amount=amount * EUR, now=clock.now())
        service.book(session, deal_id=deal.id, amount=10_000 * EUR, investor_id=alice)
        service.book(session, deal_id=deal.id, amount=20_000 * EUR, investor_id=alice)
        service.book(session, deal_id=deal.id, amount=5_000 * EUR, investor_id=bob)
        service.unreserve(session, deal_id=deal.id, amount=6_000 * EUR)
    now = loaded(site, deal.id)
    assert (now.raised, now.reserved, now.investors_count) == (35_000 * EUR, 0, 2)
    with tenant_session(site.id) as session:
        service.unbook(session, deal_id=deal.id, amount=10_000 * EUR, investor_id=alice)
        service.unbook(session, deal_id=deal.id, amount=5_000 * EUR, investor_id=bob)
        assert service.investors(session, deal.id) == {alice: 20_000 * EUR}
    now = loaded(site, deal.id)
    assert (now.raised, now.reserved, now.investors_count) == (20_000 * EUR, 0, 1)


def test_a_deal_that_isnt_open_takes_nothing(site: Site, irene: Actor) -> None:
    tomorrow = clock.now().date().replace(year=clock.now().year + 1).isoformat()
    deal = opened(site, irene, opens_at=tomorrow, closes_at=tomorrow)
    assert deal.status == "scheduled"
    with pytest.raises(NotOpen), tenant_session(site.id) as session:
        service.reserve(session, deal_id=deal.id, amount=5_000 * EUR, now=clock.now())


def test_the_database_refuses_more_than_the_hard_cap_itself(site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    with pytest.raises(IntegrityError, match="within_hard_cap"), tenant_session(site.id) as session:
        session.execute(text("UPDATE app.deals SET reserved = hard_cap + 1 WHERE id = :id"), {"id": deal.id})


@pytest.mark.parametrize(
    "status", ["draft", "submitted", "changes_requested", "approved", "opening", "scheduled", "closed"]
)
def test_the_database_refuses_steps_that_are_not_in_the_table(site: Site, irene: Actor, status: str) -> None:
    deal = opened(site, irene)
    with pytest.raises(IntegrityError, match="can't go from open"), tenant_session(site.id) as session:
        session.execute(text("UPDATE app.deals SET status = :to WHERE id = :id"), {"to": status, "id": deal.id})


def test_the_database_and_the_service_have_the_same_table() -> None:
    path = Path(__file__).parents[3] / "migrations" / "versions" / "20261121_0023_sale_life.py"
    spec = importlib.util.spec_from_file_location("sale_life_migration", path)
    assert spec
    assert spec.loader
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    assert set(migration.DEAL_STEPS) == {
        (before.value, after.value) for before, _verb, after, _who in rules.TRANSITIONS
    }


def test_the_trail_can_only_grow(site: Site, irene: Actor) -> None:
    opened(site, irene)
    for statement in ("UPDATE app.deal_steps SET reason = 'x'", "DELETE FROM app.deal_steps"):
        with pytest.raises(Exception, match="permission denied"), tenant_session(site.id) as session:
            session.execute(text(statement))


def test_another_tenant_can_neither_see_nor_fill_a_deal(site: Site, zeta: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    with tenant_session(zeta.id) as session:
        assert session.execute(text("SELECT count(*) FROM app.deals")).scalar_one() == 0
    with pytest.raises(DealNotFound), tenant_session(zeta.id) as session:
        service.reserve(session, deal_id=deal.id, amount=5_000 * EUR, now=clock.now())
