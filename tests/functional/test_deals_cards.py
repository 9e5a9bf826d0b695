"""Kept cards: each shows what the database says now, in the reader's language, on the right site."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.permissions import Actor, Role
from app.lifecycle import Platform
from app.modules.deals import service
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person
from tests.support.dealing import EUR, issuer_of, opened, pays_in_euro
from tests.support.http import Visitor


@pytest.fixture
def site(acme: Site) -> Site:
    return pays_in_euro(acme)


@pytest.fixture
def irene(site: Site) -> Actor:
    return issuer_of(site, person(site, "irene", Role.ISSUER).id)


def invest(site: Site, deal_id: UUID, investor_id: UUID, amount: int) -> None:
    with tenant_session(site.id) as session:
        service.reserve(session, deal_id=deal_id, amount=amount, now=clock.now())
        service.book(session, deal_id=deal_id, amount=amount, investor_id=investor_id)


def test_a_card_follows_every_change_of_its_deal(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal, alice = opened(site, irene), person(site, "alice").id
    assert "0 investors" in visitor.get("/deals").text
    for taken in (50_000, 60_000):
        invest(site, deal.id, alice, taken * EUR)
        visitor.get("/deals")
    assert "110,000" in visitor.text
    assert "1 investor" in visitor.text


def test_a_card_follows_the_clock(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    assert "40 days left" in visitor.get("/deals").text
    with tenant_session(site.id) as session:
        service.load(session, deal.id).closes_at = clock.now() + timedelta(days=5, minutes=1)
    assert "5 days left" in visitor.get("/deals").text
    assert "Closing soon" in visitor.text


def test_a_card_changes_language_and_look_with_its_page(app: Platform, site: Site, irene: Actor) -> None:
    opened(site, irene)
    tenancy.change_settings(site.id, {"languages": ["en", "ar"]})
    english = Visitor(app, site.host).get("/deals").text
    arabic = Visitor(app, site.host).get("/deals", headers={"Accept-Language": "ar"}).text
    again = Visitor(app, site.host).get("/deals", headers={"Accept-Language": "en"}).text
    assert "40 days left" in english
    assert "40 days left" not in arabic
    assert "40 days left" in again


def test_two_sites_with_the_same_deal_show_each_its_own(app: Platform, site: Site, zeta: Site, irene: Actor) -> None:
    other = pays_in_euro(zeta)
    mallory = issuer_of(other, person(other, "mallory", Role.ISSUER).id)
    ours, theirs = opened(site, irene), opened(other, mallory)
    invest(site, ours.id, person(site, "alice").id, 50_000 * EUR)
    assert "50,000" in Visitor(app, site.host).get("/deals").text
    assert "1 investor" not in Visitor(app, other.host).get("/deals").text
    assert ours.slug == theirs.slug


def test_the_first_card_leads_on_the_first_page_alone(visitor: Visitor, site: Site, irene: Actor) -> None:
    for number in range(21):
        opened(site, irene, title=f"Deal {number:02}")
    assert visitor.get("/deals").text.count('class="deal lead"') == 1
    assert visitor.get("/deals?page=2").text.count('class="deal lead"') == 0
    assert visitor.get("/deals?sort=closing").text.count('class="deal lead"') == 1
