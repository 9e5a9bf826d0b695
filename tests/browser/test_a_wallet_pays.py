"""wallet.js in a real browser with an injected wallet whose requests a real chain answers."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text
from werkzeug.serving import make_server

from app import factory
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.modules.deals import service as deals
from app.modules.deals.service import InvestableDeal
from app.web import assets
from tenants.service import Site
from tests.support import dealing
from tests.support.browser import ARGUMENTS, chromium
from tests.support.desk import Desk, fresh_chain
from tests.support.investing import EUR, PASSWORD, answered, person, pledge

ACCOUNT = "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65"  # one of anvil's own, which it signs for
MINT = "0x40c10f19"  # DemoEuro.mint(address,uint256)

WALLET = """
(() => {
  const provider = {request: async ({method, params = []}) => {
    const answer = await window.askWallet(method, params);
    if (answer.error) throw Object.assign(new Error(answer.error.message), {code: answer.error.code});
    return answer.result;
  }};
  const detail = Object.freeze({info: {uuid: 'u-1', name: 'Test Wallet', icon: 'data:,', rdns: 'test'}, provider});
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', {detail}));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})();
"""


def aside(work: Callable[[], Any]) -> Any:
    """Do machine-room work in a thread of its own: this one belongs to the browser's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@dataclass
class Wallet:
    """A wallet whose owner agrees to everything, but for the methods that are declined. It may be on another chain."""

    desk: Desk
    chain_id: int = 31337
    knows: bool = True
    declines: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, params: list[dict[str, str]]) -> dict[str, object]:
        self.asked.append(method)
        if method in self.declines:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        if method == "eth_requestAccounts":
            return {"result": [ACCOUNT]}
        if method == "eth_chainId":
            return {"result": hex(self.chain_id)}
        if method == "wallet_switchEthereumChain":
            if not self.knows:
                return {"error": {"code": 4902, "message": "Unrecognized chain ID."}}
            self.chain_id = int(params[0]["chainId"], 16)
            return {"result": None}
        if method == "wallet_addEthereumChain":
            self.chain_id = int(params[0]["chainId"], 16)
            return {"result": None}
        try:
            return {"result": self.desk.rpc(method, *params)}
        except AssertionError as refused:
            return {"error": {"code": -32000, "message": str(refused)}}


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@pytest.fixture(scope="module")
def port(chained: Settings) -> Iterator[int]:
    """The web application on a port of its own."""
    assets.build(chained.static)
    app: Flask = factory.create_app(chained)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(timeout=5)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path, env = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, env=env, args=ARGUMENTS)
        yield browser
        browser.close()


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
    desk = Desk.of(chained, acme)
    deal = aside(lambda: _open_deal(desk))
    now = clock.now()
    with desk.session() as session:
        alice = person(session, acme, "alice", now=now, verified=True, signs_in=True)
        made = pledge(session, alice, answered(session, alice, deal.id, now=now), now=now)
    _mint(desk, 50_000 * EUR)
    context = browser.new_context(base_url=f"http://{acme.host}:{port}", locale="en")
    page, wallet, complaints = context.new_page(), Wallet(desk), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.expose_function("askWallet", wallet.answer)
    page.add_init_script(WALLET)
    page.goto("/login")
    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("form[method=post] button:not([type=button])").last.click()
    page.wait_for_url(lambda url: "/login" not in url)
    yield Scene(page, wallet, desk, f"/investments/{made.id}", complaints)
    context.close()


def _open_deal(desk: Desk) -> InvestableDeal:
    with desk.session() as session:
        irene = person(session, desk.site, "irene", now=clock.now(), role=Role.ISSUER)
    token = next(each for each in desk.site.settings.payment_tokens if each.contract.lower() == desk.euro.lower())
    deal_id: UUID = dealing.drafted(desk.site, irene, asset=f"{token.code}@{token.chain_id}:{token.contract}")
    ground = dealing.ground(desk.site)
    with desk.session() as session:
        deals.submit(session, actor=desk.system, deal_id=deal_id, ground=ground, now=clock.now())
        deals.approve(session, actor=desk.system, deal_id=deal_id, now=clock.now())
        deals.open_deal(session, actor=desk.system, deal_id=deal_id, ground=ground, now=clock.now())
    desk.settle()
    with desk.session() as session:
        return deals.for_investment(session, deal_id)


def _mint(desk: Desk, amount: int) -> None:
    data = f"{MINT}{ACCOUNT[2:]:0>64}{amount:064x}"
    desk.rpc("eth_sendTransaction", {"from": ACCOUNT, "to": desk.euro, "data": data})


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
