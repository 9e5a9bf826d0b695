"""The whole story on a real chain: a deal is opened, money goes into escrow, and out of it in each of three ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.lifecycle import Platform
from app.modules.chain import service as chain
from app.modules.compliance import service as compliance
from app.modules.deals import service as deals
from app.modules.investments import rules
from app.modules.ledger import service as ledger
from tenants import ids
from tenants.service import Site
from tests.functional.verification import sent_for_review
from tests.support import dealing
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor
from tests.support.investing import EUR, PASSWORD, person


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Story:
    """Alice, unverified, with her documents sent; Carol, who decides; and Irene's open deal."""

    desk: Desk
    deal_id: UUID
    slug: str
    alice: Visitor
    alice_id: UUID
    carol: Actor

    def invest(self, amount: str = "10000") -> str:
        """Answer everything and commit; return the investment's address."""
        browser = self.alice.get(f"/invest/{self.slug}").submit(f"/invest/{self.slug}")
        browser.submit(amount=amount)
        browser.submit(investor="individual")
        browser.submit(**dict.fromkeys(rules.risks_of("debt"), "y"))
        browser.submit()
        browser.submit(commit="y")
        assert browser.path.endswith("/payment"), browser.text
        return browser.path.removesuffix("/payment")

    def pay(self, amount: str = "10000") -> str:
        there = self.invest(amount)
        self.alice.submit("/demo-payment")
        self.desk.settle()
        assert "Held in escrow" in self.alice.get(there).text
        return there

    def decide(self, decision: str, **why: object) -> None:
        with self.desk.session() as session:
            case_id = compliance.status_of(session, self.alice_id, clock.now()).case_id
            assert case_id is not None
            compliance.decide(
                session,
                actor=self.carol,
                case_id=case_id,
                decision=decision,
                now=clock.now(),
                **why,  # type: ignore[arg-type]
            )
        self.desk.settle()

    def office(self) -> Visitor:
        """Return Otto's browser, who administers the site."""
        site = self.desk.site
        with self.desk.session() as session:
            person(session, site, "otto", now=clock.now(), role=Role.TENANT_ADMIN, signs_in=True)
        return Visitor(self.alice.client.application, site.host).sign_in("otto@example.com", PASSWORD)

    def money(self) -> tuple[int, int, int]:
        with self.desk.session() as session:
            deal = deals.for_investment(session, self.deal_id)
            count = deals.investors(session, self.deal_id)
        return deal.reserved // EUR, deal.raised // EUR, len(count)

    def has_no_differences(self) -> bool:
        with self.desk.session() as session:
            return ledger.check(session) == []


@pytest.fixture
def story(app: Platform, chained: Settings, acme: Site) -> Story:
    desk, now = Desk.of(chained, acme), clock.now()
    with desk.session() as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER, signs_in=True)
        carol = person(session, acme, "carol", now=now, role=Role.COMPLIANCE_OFFICER)
        alice_id = person(session, acme, "alice", now=now, verified=False, signs_in=True).require_id()
    deal_id = _opened(desk, irene)
    with desk.session() as session:
        slug = deals.for_investment(session, deal_id).slug
    alice = Visitor(app, acme.host).sign_in("alice@example.com", PASSWORD)
    sent_for_review(alice)
    return Story(desk, deal_id, slug, alice, alice_id, carol)


def _opened(desk: Desk, issuer: Actor) -> UUID:
    site = desk.site
    token = next(each for each in site.settings.payment_tokens if each.contract.lower() == desk.euro.lower())
    deal_id = dealing.drafted(site, issuer, asset=f"{token.code}@{token.chain_id}:{token.contract}")
    with desk.session() as session:
        who = {"actor": desk.system, "deal_id": deal_id, "now": clock.now()}
        deals.submit(session, ground=dealing.ground(site), **who)  # type: ignore[arg-type]
        deals.approve(session, **who)  # type: ignore[arg-type]
        deals.open_deal(session, ground=dealing.ground(site), **who)  # type: ignore[arg-type]
    desk.settle()
    with desk.session() as session:
        assert deals.for_investment(session, deal_id).status == "open"
    return deal_id


def test_approval_releases_the_money_and_the_portfolio_shows_the_holding(story: Story) -> None:
    there = story.pay()
    assert story.money() == (0, 10_000, 1)
    story.decide("approve")
    page = story.alice.get(there)
    assert "Confirmed" in page.text
    assert "10 units are in the wallet that paid" in page.text
    assert len(set(re.findall(r"0x[0-9a-f]{64}", page.text))) == 2
    assert "hx-get" not in page.text
    assert story.money() == (0, 10_000, 1)
    assert story.has_no_differences()
    receipt = story.alice.get(there + "/receipt").text
    assert "Released to the deal" in receipt
    assert "Maashaven Wonen B.V." in receipt
    assert "Confirmed" in story.alice.get("/portfolio").text
    assert "investment is complete" in story.alice.get("/notifications").text


def test_rejection_sends_the_money_back(story: Story) -> None:
    there = story.pay()
    story.decide("reject", reason="Passport is a copy", reasons=["altered"])
    page = story.alice.get(there)
    assert "Refunded" in page.text
    assert "went back to the wallet" in page.text
    assert story.money() == (0, 0, 0)
    assert story.has_no_differences()


def test_after_fourteen_days_without_a_decision_the_investor_takes_the_money_back_alone(story: Story) -> None:
    there = story.pay()
    assert "Possible from" in story.alice.get(there).text
    story.desk.travel(timedelta(days=14, seconds=5))
    story.desk.settle()
    page = story.alice.get(there)
    assert "Take refund with the demo wallet" in page.text
    assert "0x590e1ae3" in page.text
    page.submit("/refund")
    story.desk.settle()
    assert "Refunded" in story.alice.get(there).text
    assert story.money() == (0, 0, 0)
    assert story.has_no_differences()


def test_paying_twice_with_the_demo_wallet_pays_once(story: Story) -> None:
    there = story.invest()
    form = story.alice.form("/demo-payment")
    story.alice.post(form.action, form.fields)
    story.alice.post(form.action, form.fields)
    story.desk.settle()
    assert "Held in escrow" in story.alice.get(there).text
    assert story.money() == (0, 10_000, 1)
    assert story.has_no_differences()


def test_a_wallet_gets_the_exact_calls_to_sign(story: Story) -> None:
    there = story.invest()
    token = story.alice.form("/payer").fields["csrf_token"]
    wallet = chain.demo_address(story.alice_id, story.desk.settings)
    answer = story.alice.client.post(
        there + "/payer",
        base_url=f"http://{story.alice.host}",
        json={"address": wallet},
        headers={"X-CSRFToken": token},
    )
    approve, deposit = answer.get_json()["transactions"]
    assert approve["to"].lower() == story.desk.euro.lower()
    assert approve["data"].startswith("0x095ea7b3")
    assert approve["data"].endswith(f"{10_000 * EUR:064x}")
    assert deposit["to"].lower() == story.desk.factory.lower()
    assert deposit["value"] == "0x0"
    assert UUID(there.rpartition("/")[2]).hex in deposit["data"]
    by_hand = story.alice.get(there + "/payment").text
    assert deposit["data"] in by_hand


@dataclass
class Caller:
    """A program that invests for Alice."""

    story: Story
    token: str

    def invest(self, key: str = "order-0001", **changes: object) -> TestResponse:
        wallet = chain.demo_address(self.story.alice_id, self.story.desk.settings)
        body = {"amount": "10000", "paymentMethod": "wallet", "walletAddress": wallet, "acceptTerms": True, **changes}
        path = f"/api/deals/{self.story.deal_id}/invest"
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return self.story.alice.client.post(path, base_url=self.base, json=body, headers=headers)

    def portfolio(self) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.story.alice.client.get("/api/investor/portfolio", base_url=self.base, headers=headers)

    @property
    def base(self) -> str:
        return f"http://{self.story.alice.host}"


@pytest.fixture
def caller(story: Story) -> Caller:
    base = f"http://{story.alice.host}"
    credentials = {"email": "alice@example.com", "password": PASSWORD}
    answer = story.alice.client.post("/api/auth/login", base_url=base, json=credentials)
    return Caller(story, answer.get_json()["token"])


def test_a_program_invests_once_for_a_key_however_often_it_asks(caller: Caller) -> None:
    first, again = caller.invest(), caller.invest()
    assert first.status_code == 201, first.text
    made = first.get_json()
    assert made["success"] is True
    assert made["investment"]["transactionHash"] is None
    assert len(made["transactions"]) == 2
    assert again.get_json()["investment"]["id"] == made["investment"]["id"]
    assert caller.story.money() == (10_000, 0, 0)
    assert caller.invest(amount="20000").status_code == 422
    assert caller.invest("order-0002").get_json()["code"] == "open-investment"
    listed = caller.portfolio().get_json()
    assert [(each["id"], each["amount"], each["status"]) for each in listed["investments"]] == [
        (made["investment"]["id"], "10000", "pledged")
    ]
    assert listed["totals"] == [
        {"currency": "EUR", "invested": "0", "confirmed": "0", "inEscrow": "0", "refunded": "0"}
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"acceptTerms": False}, "acceptTerms"),
        ({"walletAddress": "0x12"}, "walletAddress"),
        ({"paymentMethod": "card"}, "paymentMethod"),
        ({"amount": "10"}, "amount"),
        ({"amount": None}, "amount"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_program_reads_which_value_is_wrong(caller: Caller, changes: dict[str, object], field: str) -> None:
    answer = caller.invest(**changes)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field in answer.get_json()["errors"]
    assert caller.story.money() == (0, 0, 0)


def test_a_program_without_a_key_or_a_session_is_refused(caller: Caller) -> None:
    assert caller.invest("short").status_code == 422
    caller.token = "nobody"
    fresh = caller.story.alice.client.application.test_client()
    path = f"/api/deals/{caller.story.deal_id}/invest"
    assert fresh.post(path, base_url=caller.base, json={}).status_code == 401


def test_when_the_deal_fails_after_the_release_the_investor_takes_the_money_back_on_the_page(story: Story) -> None:
    there = story.pay()
    story.decide("approve")
    assert "Take it with the demo wallet" not in story.alice.get(there).text
    with story.desk.session() as session:
        deals.close(session, actor=story.desk.system, deal_id=story.deal_id, now=clock.now())
    story.desk.settle()
    story.desk.settle()
    page = story.alice.get(there)
    assert "The deal failed after your investment was complete" in page.text
    assert "Take your money back" in story.alice.get("/notifications").text
    assert "takes the whole amount back from the contract" in story.office().get(f"/manage/deals/{story.deal_id}").text
    borrowed = next(form for form in story.alice.get(there).forms() if form.action.endswith("/claim"))
    story.alice.submit("/claim")
    assert "on its way back" in story.alice.get(there).text
    story.desk.settle()
    page = story.alice.get(there)
    assert "Refunded" in page.text
    assert "Deal failed, money returned" in page.text
    assert "Returned to you" in story.alice.get("/portfolio").text
    assert "Return" in story.alice.get(there + "/receipt").text
    assert story.money() == (0, 0, 0)
    assert story.has_no_differences()
    assert story.alice.post(borrowed.action, borrowed.fields).status == 409


def test_issuer_and_investor_see_what_the_chain_says_of_an_investment(story: Story) -> None:
    there = story.pay()
    desk, app = story.desk, story.alice.client.application
    kept = desk.escrow(UUID(there.rpartition("/")[2]))
    page = story.alice.get(there).text
    assert "What the chain says, step by step" in page
    assert "Decision due by" in page
    irene = Visitor(app, desk.site.host).sign_in("irene@example.com", PASSWORD)
    listed = irene.get(f"/issuer/deals/{story.deal_id}/investors")
    path = f"/issuer/deals/{story.deal_id}/investors/{kept.id}"
    assert path in listed.text
    shown = irene.get(path).text
    assert "A compliance officer decides by" in shown
    assert f"{kept.opened_tx[:6]}" in shown
    story.decide("approve")
    assert "The money is in your deal’s contract." in irene.get(path).text
    assert f"{desk.escrow(kept.id).closed_tx[:6]}" in irene.text
    on_deal = irene.get(f"/issuer/deals/{story.deal_id}").text
    assert "Contract of the sale" in on_deal
    assert irene.get(f"/issuer/deals/{ids.new()}/investors/{kept.id}").status == 404
    assert story.alice.get(path).status == 403
