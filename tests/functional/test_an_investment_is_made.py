"""The wizard as a person meets it, with a browser without JavaScript."""

import json
import re
from datetime import datetime

import pytest

from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.deals import service as deals
from app.modules.investments import rules
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.http import Visitor
from tests.support.investing import EUR, PASSWORD, Cast, open_deal, person


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def cast(acme: Site, now: datetime) -> Cast:
    with tenant_session(acme.id) as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER, signs_in=True)
        alice = person(session, acme, "alice", now=now, signs_in=True)
        return Cast(deal_id=open_deal(session, irene, now=now), alice=alice, irene=irene)


@pytest.fixture
def alice(app: Platform, acme: Site, cast: Cast) -> Visitor:
    visitor = Visitor(app, acme.host).sign_in("alice@example.com", PASSWORD)
    assert visitor.status == 200
    return visitor


def to_review(browser: Visitor, amount: str = "10000") -> Visitor:
    """Answer every question before the review."""
    browser.get("/invest/harbour").submit("/invest/harbour")
    browser.submit(amount=amount)
    browser.submit(investor="individual")
    browser.submit(**dict.fromkeys(rules.risks_of("debt"), "y"))
    browser.submit()
    assert browser.path.endswith("/review"), browser.path
    return browser


def reserved(acme: Site, cast: Cast) -> int:
    with tenant_session(acme.id) as session:
        return deals.for_investment(session, cast.deal_id).reserved // EUR


def test_a_person_goes_from_the_deal_to_the_payment(alice: Visitor, acme: Site, cast: Cast) -> None:
    assert "Can you take part?" in alice.get("/invest/harbour").text
    to_review(alice)
    assert "commit to invest" in alice.text
    alice.submit(commit="y")
    assert alice.path.endswith("/payment")
    assert re.search(r"INV-\d{4}-000001", alice.text)
    assert "Pay from your wallet" in alice.text
    assert reserved(acme, cast) == 10_000


def test_a_visitor_signs_in_first_and_comes_back(app: Platform, acme: Site, cast: Cast) -> None:
    visitor = Visitor(app, acme.host).get("/invest/harbour", follow=False)
    assert visitor.status == 303
    assert visitor.page.location == "/login?next=/invest/harbour"


def test_a_deal_that_does_not_exist_cannot_be_invested_in(alice: Visitor) -> None:
    assert alice.get("/invest/nothing-here").status == 404


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "Enter an amount"),
        ("many", "Enter an amount in digits"),
        ("-5000", "Enter an amount in digits"),
        ("1e5", "Enter an amount in digits"),
        ("4999.99", "smallest investment here is EUR"),
        ("60000.01", "at most EUR"),
        ("5000.001", "at most 2 decimals"),
        ("9" * 200, "Enter an amount in digits"),
        ("<script>alert(1)</script>", "Enter an amount in digits"),
    ],
)
def test_a_wrong_amount_is_explained_and_what_was_typed_stays(alice: Visitor, amount: str, sentence: str) -> None:
    alice.get("/invest/harbour").submit("/invest/harbour")
    alice.submit(amount=amount)
    assert alice.status == 422
    assert sentence in alice.text.replace("\xa0", " ")
    assert alice.form().fields["amount"] == amount
    assert "<script>alert" not in alice.text


def test_amounts_are_understood_as_people_write_them(alice: Visitor) -> None:
    alice.get("/invest/harbour").submit("/invest/harbour")
    alice.submit(amount="12,500.50")
    assert alice.path.endswith("/investor")
    assert "12,500.50" in alice.text


def test_a_chip_fills_in_the_amount(alice: Visitor) -> None:
    alice.get("/invest/harbour").submit("/invest/harbour")
    alice.get(alice.path + "?amount=25,000")
    assert alice.form().fields["amount"] == "25,000"


def test_no_risk_is_ticked_beforehand_and_each_has_to_be(alice: Visitor) -> None:
    alice.get("/invest/harbour").submit("/invest/harbour")
    alice.submit(amount="5000")
    alice.submit(investor="individual")
    assert not set(alice.form().fields) & set(rules.risks_of("debt"))
    alice.submit(**dict.fromkeys(rules.risks_of("debt")[:-1], "y"))
    assert alice.status == 422
    assert "Tick this when you have understood it" in alice.text


def test_the_commitment_needs_its_tick(alice: Visitor, acme: Site, cast: Cast) -> None:
    to_review(alice).submit()
    assert alice.status == 422
    assert "Tick the box to make the commitment" in alice.text
    assert reserved(acme, cast) == 0


def test_one_leaves_and_goes_on_where_one_was(alice: Visitor) -> None:
    alice.get("/invest/harbour").submit("/invest/harbour")
    alice.submit(amount="5000")
    left = alice.path
    assert left.endswith("/investor")
    assert alice.get("/invest/harbour").path == left
    assert alice.get(left.replace("investor", "amount")).form().fields["amount"] == "5,000"
    assert alice.get(left.replace("investor", "review")).path == left


def test_a_commitment_sent_twice_is_one(alice: Visitor, acme: Site, cast: Cast) -> None:
    to_review(alice)
    form = alice.form("")
    url = alice.path
    data = {**form.fields, "commit": "y"}
    assert alice.post(url, data).path.endswith("/payment")
    assert alice.post(url, data).path.endswith("/payment")
    assert reserved(acme, cast) == 10_000


def test_room_that_is_gone_is_said_with_what_is_left(alice: Visitor, acme: Site, cast: Cast, now: datetime) -> None:
    to_review(alice)
    with tenant_session(acme.id) as session:
        for _ in range(49):
            deals.reserve(session, deal_id=cast.deal_id, amount=10_000 * EUR, now=now)
        deals.reserve(session, deal_id=cast.deal_id, amount=5_000 * EUR, now=now)
    alice.submit(commit="y")
    assert alice.status == 409
    assert "Less is left in this deal than you asked for" in alice.text
    assert reserved(acme, cast) == 495_000


def test_cancelling_frees_the_room(alice: Visitor, acme: Site, cast: Cast) -> None:
    to_review(alice).submit(commit="y")
    alice.submit("/cancel")
    assert alice.path == "/portfolio"
    assert reserved(acme, cast) == 0
    assert "Cancelled" in alice.text


def test_a_wrong_payer_address_is_explained(alice: Visitor) -> None:
    to_review(alice).submit(commit="y")
    alice.submit("/payer", address="0x123")
    assert alice.status == 422
    assert "An address begins with 0x" in alice.text


def test_a_hint_that_is_no_hash_is_refused(alice: Visitor) -> None:
    to_review(alice).submit(commit="y")
    token = alice.form("/payer").fields["csrf_token"]
    url = alice.path.replace("payment", "sent")
    headers = {"X-CSRFToken": token}
    alice.post(url, content_type="application/json", input_stream=None, headers=headers)
    assert alice.status == 422
    good = alice.client.post(url, base_url=f"http://{alice.host}", json={"hash": "0x" + "ab" * 32}, headers=headers)
    assert good.status_code == 200
    assert json.loads(good.data)["next"].startswith("/investments/")


def test_the_investment_belongs_to_one_person_on_one_site(
    app: Platform, alice: Visitor, acme: Site, zeta: Site, now: datetime
) -> None:
    to_review(alice).submit(commit="y")
    there = alice.path.removesuffix("/payment")
    with tenant_session(acme.id) as session:
        person(session, acme, "bob", now=now, signs_in=True)
    with tenant_session(zeta.id) as session:
        person(session, zeta, "mallory", now=now, signs_in=True)
    bob = Visitor(app, acme.host).sign_in("bob@example.com", PASSWORD)
    mallory = Visitor(app, zeta.host).sign_in("mallory@example.com", PASSWORD)
    for page in ("", "/payment", "/receipt", "/live", "/amount"):
        assert bob.get(there + page).status == 404, page
        assert mallory.get(there + page).status == 404, page
    assert "INV-" not in bob.get("/portfolio").text
    assert "Nothing here yet" in mallory.get("/portfolio").text


def test_the_page_of_an_investment_and_the_portfolio_show_it(alice: Visitor) -> None:
    to_review(alice).submit(commit="y")
    there = alice.path.removesuffix("/payment")
    assert "Your payment is needed" in alice.get(there).text
    seen = re.search(r'hx-get="([^"]+)"', alice.text)
    assert seen is not None
    assert alice.get(seen.group(1).replace("&amp;", "&")).status == 204
    assert "Waiting for payment" in alice.get("/portfolio").text
    assert "Waiting for payment" in alice.get("/portfolio?show=running").text
    assert "None of your investments" in alice.get("/portfolio?show=ended").text
    table = alice.get("/portfolio.csv")
    assert table.page.mimetype == "text/csv"
    assert "Harbour Quarter,debt,pledged,EUR,10000.000000" in table.text
    assert alice.get(there + "/receipt").status == 200


def test_the_issuer_sees_who_committed_and_an_investor_does_not(
    app: Platform, alice: Visitor, acme: Site, cast: Cast
) -> None:
    to_review(alice).submit(commit="y")
    path = f"/issuer/deals/{cast.deal_id}/investors"
    assert alice.get(path).status == 403
    irene = Visitor(app, acme.host).sign_in("irene@example.com", PASSWORD).get(path)
    assert irene.status == 200
    assert "Alice" in irene.text
    assert "INV-" in irene.text


def test_somebody_unverified_reads_what_to_do(app: Platform, acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        person(session, acme, "dora", now=now, verified=False, signs_in=True)
    dora = Visitor(app, acme.host).sign_in("dora@example.com", PASSWORD).get("/invest/harbour")
    assert "Not yet" in dora.text
    assert 'href="/verification"' in dora.text
    assert not [form for form in dora.forms() if form.action.endswith("/invest/harbour")]


@pytest.mark.parametrize("status", ["submitted", "approved", "opening"])
def test_a_deal_that_is_not_shown_yet_cannot_be_asked_about(
    alice: Visitor, acme: Site, cast: Cast, now: datetime, status: str
) -> None:
    with tenant_session(acme.id) as session:
        open_deal(session, cast.irene, now=now, slug="secret", status=status)
    assert alice.get("/deals/secret").status == 404
    assert alice.get("/invest/secret").status == 404
