"""Deals as visitors and investors meet them: front page, list, search, room, documents, JSON."""

import io
from datetime import timedelta

import pytest

from app.core import clock
from app.core.permissions import Actor, Role
from app.lifecycle import Platform
from app.modules.deals import service
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person, signed_in
from tests.functional.test_deals_issuer_and_review import PDF
from tests.support.dealing import drafted, ground, issuer_of, opened, pays_in_euro
from tests.support.http import Visitor


@pytest.fixture
def site(acme: Site) -> Site:
    return pays_in_euro(acme)


@pytest.fixture
def irene(site: Site) -> Actor:
    return issuer_of(site, person(site, "irene", Role.ISSUER).id)


def test_the_front_page_shows_what_is_open(visitor: Visitor, site: Site, irene: Actor) -> None:
    assert "No deal is open right now" in visitor.get("/").text
    opened(site, irene)
    assert "Harbour Quarter, Rotterdam" in visitor.get("/").text
    assert "Senior bridge loan on 214 rental homes" in visitor.text


def test_the_list_shows_cards_with_terms_and_progress(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    with tenant_session(site.id) as session:
        alice = person_id(site)
        service.reserve(session, deal_id=deal.id, amount=50_000 * 10**6, now=clock.now())
        service.book(session, deal_id=deal.id, amount=50_000 * 10**6, investor_id=alice)
    text = visitor.get("/deals").text
    assert "9.4% a year" in text
    assert "30 months" in text
    assert "1 investor" in text
    assert "20%" in text
    assert 'role="progressbar"' in text or "progressbar" in text


def person_id(site: Site) -> object:
    return person(site, "alice").id


def test_drafts_and_reviews_are_nobodys_business(visitor: Visitor, site: Site, irene: Actor, app: Platform) -> None:
    deal_id = drafted(site, irene)
    assert "Harbour" not in visitor.get("/deals").text
    assert visitor.get("/deals/harbour-quarter-rotterdam").status == 404
    person(site, "alice")
    assert signed_in(app, site, "alice").get("/deals/harbour-quarter-rotterdam").status == 404
    assert visitor.get(f"/api/deals/{deal_id}").status == 404
    assert signed_in(app, site, "irene").get("/deals/harbour-quarter-rotterdam").status == 200


def test_a_private_placement_is_hidden_from_visitors(visitor: Visitor, site: Site, irene: Actor, app: Platform) -> None:
    deal = opened(site, irene, regime="506b")
    assert "Harbour" not in visitor.get("/deals").text + visitor.get("/").text
    assert visitor.get(f"/deals/{deal.slug}").status == 404
    assert visitor.get("/api/deals").page.get_json()["total"] == 0
    assert visitor.get(f"/api/deals/{deal.id}").status == 404
    person(site, "alice")
    alice = signed_in(app, site, "alice")
    assert "Harbour" in alice.get("/deals").text
    assert alice.get(f"/deals/{deal.slug}").status == 200


def test_another_tenants_deals_are_nowhere(app: Platform, site: Site, zeta: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    elsewhere = Visitor(app, zeta.host)
    assert "Harbour Quarter" not in elsewhere.get("/").text + elsewhere.get("/deals?q=Harbour").text
    for path in (f"/deals/{deal.slug}", f"/deals/{deal.slug}/progress", f"/api/deals/{deal.id}"):
        assert elsewhere.get(path).status == 404


@pytest.mark.parametrize(
    "words", ["Harbour Quarter", "harb", "Maashaven", "rotterdam", "harbor quater", "Roterdam", "Masshaven", "hafbour"]
)
def test_search_finds_words_beginnings_and_typing_errors(
    visitor: Visitor, site: Site, irene: Actor, words: str
) -> None:
    opened(site, irene)
    other = {
        "title": "Kestrel Wind",
        "summary": "Four turbines.",
        "location": "Alnwick, UK",
        "issuer_name": "Kestrel Ltd",
    }
    opened(site, irene, **other)
    text = visitor.get("/deals", query_string={"q": words}).text
    assert "Harbour Quarter, Rotterdam" in text
    assert "Kestrel Wind" not in text


@pytest.mark.parametrize(
    "words",
    [
        "'; DROP TABLE app.deals; --",
        "a & b | !c",
        ":*",
        "%",
        "\x00",
        "<script>alert(1)</script>",
        "𝔘" * 120,
        "' OR 1=1",
    ],
)
def test_hostile_search_words_find_nothing_and_break_nothing(
    visitor: Visitor, site: Site, irene: Actor, words: str
) -> None:
    opened(site, irene)
    assert visitor.get("/deals", query_string={"q": words}).status == 200
    assert "<script>alert" not in visitor.text
    assert visitor.get("/deals").status == 200
    assert "Harbour" in visitor.text


def test_filters_combine_and_an_empty_result_says_what_to_do(visitor: Visitor, site: Site, irene: Actor) -> None:
    opened(site, irene)
    opened(site, irene, "equity", title="Alcázar Solar", eligible_countries="ES, PT")
    soon = (clock.now() + timedelta(days=9)).date().isoformat()
    opened(site, irene, "fund", title="Lisbon Retrofit Fund", opens_at=soon, blocked_countries="US")
    assert titles(visitor.get("/deals?kind=equity")) == {"Alcázar Solar"}
    assert titles(visitor.get("/deals?status=soon")) == {"Lisbon Retrofit Fund"}
    assert titles(visitor.get("/deals?country=es")) == {
        "Alcázar Solar",
        "Harbour Quarter, Rotterdam",
        "Lisbon Retrofit Fund",
    }
    assert titles(visitor.get("/deals?country=US")) == {"Harbour Quarter, Rotterdam"}
    assert titles(visitor.get("/deals?kind=debt&status=soon")) == set()
    assert "Clear filters" in visitor.text
    assert len(titles(visitor.get("/deals?kind=nonsense&status=nonsense&sort=nonsense&page=-3&country=%27"))) == 3


def titles(visitor: Visitor) -> set[str]:
    known = ("Harbour Quarter, Rotterdam", "Alcázar Solar", "Lisbon Retrofit Fund")
    return {title for title in known if f">{title}</a>" in visitor.text}


def test_long_lists_have_pages(visitor: Visitor, site: Site, irene: Actor) -> None:
    for number in range(23):
        opened(site, irene, title=f"Deal {number:02}")
    first, second = visitor.get("/deals").text, visitor.get("/deals?page=2").text
    assert first.count('<li class="deal') == 20
    assert second.count('<li class="deal') == 3
    assert "23 deals" in first
    assert "23 deals" in second
    assert visitor.get("/deals?page=99").status == 200
    assert "No deal matches" in visitor.text


def test_the_room_has_a_page_for_each_part_that_has_content(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    text = visitor.get(f"/deals/{deal.slug}").text
    assert "risk of losing the entirety of the money invested" in text
    assert "First-ranking mortgage" in text
    for tab, words in (("terms", "First mortgage"), ("risks", "The fund may withdraw"), ("team", "Maaike Visser")):
        assert words in visitor.get(f"/deals/{deal.slug}/{tab}").text
    for tab in ("updates", "questions", "documents", "nonsense"):
        assert visitor.get(f"/deals/{deal.slug}/{tab}").status == 404


def test_progress_is_a_fragment_that_asks_again_while_the_deal_is_open(
    visitor: Visitor, site: Site, irene: Actor
) -> None:
    deal = opened(site, irene)
    text = visitor.get(f"/deals/{deal.slug}/progress").text
    assert "<html" not in text
    assert 'hx-trigger="every 5s"' in text


def test_the_invest_button_follows_the_reader(visitor: Visitor, site: Site, irene: Actor, app: Platform) -> None:
    deal = opened(site, irene)
    assert "Sign in to invest" in visitor.get(f"/deals/{deal.slug}").text
    person(site, "alice")
    assert "Verify identity" in signed_in(app, site, "alice").get(f"/deals/{deal.slug}").text
    assert "This is your own deal" in signed_in(app, site, "irene").get(f"/deals/{deal.slug}").text


@pytest.mark.parametrize(
    ("level", "visitors", "registered"),
    [("public", 200, 200), ("registered", 404, 200), ("verified", 404, 404), ("invested", 404, 404)],
)
def test_documents_open_to_those_they_are_for(
    visitor: Visitor, site: Site, irene: Actor, app: Platform, level: str, visitors: int, registered: int
) -> None:
    deal = opened(site, irene)
    with tenant_session(site.id) as session:
        link = service.attach(
            session, actor=irene, deal_id=deal.id, name="memo.pdf", content=PDF, title="Memorandum", access=level,
            required=False, now=clock.now(),
        )  # fmt: skip
    path = f"/deals/{deal.slug}/documents/{link.document_id}"
    assert "Memorandum" in visitor.get(f"/deals/{deal.slug}/documents").text
    assert visitor.get(path).status == visitors
    alice = person(site, "alice")
    assert signed_in(app, site, "alice").get(path).status == registered
    with tenant_session(site.id) as session:
        service.reserve(session, deal_id=deal.id, amount=5_000 * 10**6, now=clock.now())
        service.book(session, deal_id=deal.id, amount=5_000 * 10**6, investor_id=alice.id)
    if level == "invested":
        answer = signed_in(app, site, "alice").get(path)
        assert answer.status == 200
        assert answer.page.headers["Content-Disposition"].startswith("attachment")


def test_hostile_story_is_text(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal = opened(
        site,
        irene,
        title="<img src=x onerror=alert(1)>",
        overview="{{ 7*7 }} <script>x</script>",
        highlights="<b>x</b>",
    )
    for path in ("/", "/deals", f"/deals/{deal.slug}"):
        text = visitor.get(path).text
        assert "<img src=x" not in text
        assert "<script>x" not in text
    assert "{{ 7*7 }}" in text


def test_the_api_lists_deals_with_decimal_strings(visitor: Visitor, site: Site, irene: Actor) -> None:
    deal = opened(site, irene, min_ticket="5000.50")
    body = visitor.get("/api/deals").page.get_json()
    assert set(body) == {"deals", "total", "hasMore"}
    assert (body["total"], body["hasMore"]) == (1, False)
    shown = body["deals"][0]
    assert shown["id"] == str(deal.id)
    assert (shown["targetAmount"], shown["minInvestment"], shown["raisedAmount"]) == ("500000", "5000.5", "0")
    assert shown["terms"]["coupon"] == "9.4"
    assert visitor.get(f"/api/deals/{deal.id}").page.get_json() == shown
    assert visitor.get("/api/deals/featured").page.get_json()["deals"] == [shown]


def test_the_api_filters_and_pages(visitor: Visitor, site: Site, irene: Actor) -> None:
    for number in range(5):
        opened(site, irene, title=f"Deal {number}")
    opened(site, irene, "equity", title="Alcázar Solar")
    body = visitor.get("/api/deals?limit=2&offset=0").page.get_json()
    assert (len(body["deals"]), body["total"], body["hasMore"]) == (2, 6, True)
    body = visitor.get("/api/deals?limit=4&offset=4").page.get_json()
    assert (len(body["deals"]), body["total"], body["hasMore"]) == (2, 6, False)
    assert visitor.get("/api/deals?assetType=equity").page.get_json()["total"] == 1
    assert visitor.get("/api/deals?search=alcazar").page.get_json()["total"] == 1
    assert visitor.get("/api/deals?status=closed").page.get_json()["total"] == 0


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "offset=-1", "status=nonsense", "assetType=gold", "search=" + "x" * 101],
)
def test_the_api_names_what_is_wrong(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/api/deals?{query}").page
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert query.split("=")[0] in answer.get_json()["errors"]


def test_an_absent_deal_is_a_problem_in_json(visitor: Visitor) -> None:
    answer = visitor.get("/api/deals/00000000-0000-7000-8000-000000000000").page
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_upload_forms_take_files_only_from_the_issuer(app: Platform, site: Site, irene: Actor) -> None:
    deal = opened(site, irene)
    person(site, "alice")
    alice = signed_in(app, site, "alice")
    token = alice.get("/account").form("").fields["csrf_token"]
    alice.post(f"/issuer/deals/{deal.id}/documents", {"csrf_token": token, "file": (io.BytesIO(PDF), "x.pdf")})
    assert alice.status == 403


def test_reading_ground_has_the_sites_tokens_and_its_chains_coin(site: Site) -> None:
    assert [asset.code for asset in ground(site).assets] == ["EUR", "ETH"]
