"""wallet.js in a real browser with an injected wallet whose requests a real chain answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.modules.chain import service_sponsoring, tasks_pricing, tasks_sponsoring
from app.modules.chain.tasks_installing import Deployer
from tenants import service as tenancy
from tenants.service import Site
from tests.browser.conftest import Person, aside
from tests.browser.wallet import Wallet
from tests.support import dealing
from tests.support.desk import Desk
from tests.support.investing import EUR, PASSWORD, answered, person, pledge


@dataclass
class Scene:
    """Alice before the payment page of a pledge, her wallet, and what her browser complained about."""

    page: Page
    wallet: Wallet
    desk: Desk
    there: str
    complaints: list[str]

    def open_payment(self) -> None:
        self.page.goto(self.there + "/payment")

    def unverify(self) -> None:
        """Let Alice's verification end, so that her escrow waits for a decision."""
        with self.desk.session() as session:
            session.execute(text("update app.verification_cases set status = 'submitted'"))

    def connect(self) -> None:
        self.page.get_by_role("button", name="Connect Test Wallet").click()


@pytest.fixture
def scene(chained: Settings, acme: Site, port: int, browser: Browser) -> Iterator[Scene]:
    desk, now = Desk.of(chained, acme), clock.now()
    with desk.session() as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER)
    deal = aside(lambda: dealing.deployed(desk, irene))
    with desk.session() as session:
        alice = person(session, acme, "alice", now=now, verified=True, signs_in=True)
        made = pledge(session, alice, answered(session, alice, deal.id, now=now), now=now)
    at, wallet = Person.at(browser, acme, port), Wallet(desk)
    wallet.fill(50_000 * EUR)
    wallet.inject(at.page)
    at.sign_in("alice@example.com", PASSWORD)
    yield Scene(at.page, wallet, desk, f"/investments/{made.id}", at.complaints)
    at.context.close()


def test_a_wallet_pays_and_the_page_moves_by_itself(scene: Scene) -> None:
    scene.open_payment()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    scene.page.get_by_text("Payment on its way").wait_for()
    for _ in range(3):
        aside(scene.desk.tick)
    scene.page.get_by_text("Payment arriving").first.wait_for()
    aside(scene.desk.settle)
    scene.page.get_by_text("Confirmed").first.wait_for()  # Alice is verified: escrow is released at once
    assert scene.wallet.asked.count("eth_sendTransaction") == 2
    assert scene.complaints == []


def test_where_the_token_takes_a_permit_the_wallet_signs_once_and_sends_once(scene: Scene) -> None:
    aside(lambda: tasks_pricing.look(scene.desk.settings, scene.desk.ports.chain, now=clock.now()))
    scene.open_payment()
    scene.page.get_by_text("at most about").wait_for()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    aside(scene.desk.settle)
    scene.page.get_by_text("Confirmed").first.wait_for()
    assert scene.wallet.asked.count("eth_signTypedData_v4") == 1
    assert scene.wallet.asked.count("eth_sendTransaction") == 1
    assert scene.complaints == []


def sponsor(scene: Scene) -> None:
    """Let the platform pay network fees."""
    desk, site = scene.desk, scene.desk.site
    tasks_pricing.look(desk.settings, desk.ports.chain, now=clock.now())
    tenancy.change_settings(site.id, {"sponsor_fees": True})
    with desk.session() as session:
        service_sponsoring.set_budget(
            session, actor=desk.system, chain_id=31337, amount=10**18, period="month", now=clock.now()
        )
    tasks_sponsoring.keep(Deployer(desk.settings, desk.ports, clock.now), site)


def test_where_the_platform_pays_the_fee_the_wallet_signs_twice_and_sends_nothing(scene: Scene) -> None:
    aside(lambda: sponsor(scene))
    scene.open_payment()
    scene.page.get_by_label("The platform pays the network fee").wait_for()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    scene.page.get_by_text("Payment on its way").wait_for()
    aside(scene.desk.settle)
    scene.page.get_by_text("Confirmed").first.wait_for()
    assert scene.wallet.asked.count("eth_signTypedData_v4") == 2
    assert scene.wallet.asked.count("eth_sendTransaction") == 0
    assert scene.complaints == []


def test_a_fee_that_the_platform_refuses_after_all_is_paid_by_the_wallet(scene: Scene) -> None:
    aside(lambda: sponsor(scene))
    scene.open_payment()
    scene.page.route("**/sponsored", lambda route: route.fulfill(status=409, json={"detail": "used up"}))
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    assert scene.wallet.asked.count("eth_signTypedData_v4") == 2
    assert scene.wallet.asked.count("eth_sendTransaction") == 1


def test_whoever_would_rather_send_it_sends_it(scene: Scene) -> None:
    aside(lambda: sponsor(scene))
    scene.open_payment()
    scene.page.get_by_label("The platform pays the network fee").uncheck()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    assert scene.wallet.asked.count("eth_signTypedData_v4") == 1
    assert scene.wallet.asked.count("eth_sendTransaction") == 1


def test_a_wallet_that_signs_no_permits_pays_in_two_transactions(scene: Scene) -> None:
    aside(lambda: tasks_pricing.look(scene.desk.settings, scene.desk.ports.chain, now=clock.now()))
    scene.wallet.lacks.add("eth_signTypedData_v4")
    scene.open_payment()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    assert scene.wallet.asked.count("eth_sendTransaction") == 2


def test_a_wallet_on_another_network_is_led_to_the_right_one(scene: Scene) -> None:
    scene.wallet.chain_id, scene.wallet.knows = 1, False
    scene.open_payment()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    assert "wallet_addEthereumChain" in scene.wallet.asked
    assert scene.wallet.chain_id == 31337


def test_declining_is_explained_and_can_be_tried_again(scene: Scene) -> None:
    scene.wallet.declines = {"eth_sendTransaction"}
    scene.open_payment()
    scene.connect()
    scene.page.get_by_text("You declined in the wallet").wait_for()
    scene.wallet.declines = set()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")


def test_a_wallet_that_stays_on_its_network_is_told_which_one_is_needed(scene: Scene) -> None:
    scene.wallet.chain_id, scene.wallet.declines = 1, {"wallet_switchEthereumChain"}
    scene.open_payment()
    scene.connect()
    scene.page.get_by_role("alert").filter(has_text="declined").wait_for()
    assert "eth_sendTransaction" not in scene.wallet.asked


def test_after_the_deadline_the_wallet_takes_the_money_back(scene: Scene) -> None:
    scene.unverify()
    scene.open_payment()
    scene.connect()
    scene.page.wait_for_url(f"**{scene.there}")
    aside(scene.desk.settle)
    scene.page.get_by_text("Held in escrow").first.wait_for()
    aside(lambda: scene.desk.travel(timedelta(days=14, seconds=5)))
    aside(scene.desk.settle)
    scene.page.get_by_role("button", name="Connect Test Wallet").wait_for()  # the page has moved on by itself
    scene.connect()
    for _ in range(100):
        scene.page.wait_for_timeout(100)
        if scene.wallet.asked.count("eth_sendTransaction") == 3:
            break
    aside(scene.desk.settle)
    scene.page.get_by_text("Refunded").first.wait_for()
    assert scene.complaints == []
