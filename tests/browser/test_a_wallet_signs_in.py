"""wallet.js adds a wallet to an account and signs in by it, in a real browser with an injected wallet."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from app.config import Settings
from app.core import clock
from tenants.service import Site
from tests.browser.conftest import Person, aside
from tests.browser.wallet import Wallet
from tests.support.desk import Desk
from tests.support.investing import PASSWORD, person


@dataclass
class Scene:
    """Alice in her browser, and the wallet that it has."""

    at: Person
    wallet: Wallet


@pytest.fixture
def scene(chained: Settings, acme: Site, port: int, browser: Browser) -> Iterator[Scene]:
    desk = Desk.of(chained, acme)
    with desk.session() as session:
        person(session, acme, "alice", now=clock.now(), verified=True, signs_in=True)
    at, wallet = Person.at(browser, acme, port), Wallet(desk)
    wallet.inject(at.page)
    at.sign_in("alice@example.com", PASSWORD)
    yield Scene(at, wallet)
    at.context.close()


def test_a_wallet_is_added_and_signs_in(scene: Scene) -> None:
    page = scene.at.page
    page.goto("/account/wallets")
    page.get_by_role("button", name="Connect Test Wallet").click()
    page.get_by_role("button", name="Add this wallet").click()
    expect(page.get_by_role("cell", name="Default")).to_be_visible()
    assert "personal_sign" in scene.wallet.asked
    scene.at.context.clear_cookies()
    page.goto("/login?next=/account/wallets")
    page.get_by_role("link", name="Continue with a wallet").click()
    page.get_by_role("button", name="Connect Test Wallet").click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("cell", name="Default")).to_be_visible()
    assert scene.at.complaints == []


def test_a_wallet_that_declines_says_what_to_do(scene: Scene) -> None:
    page = scene.at.page
    scene.wallet.declines.add("personal_sign")
    page.goto("/account/wallets")
    page.get_by_role("button", name="Connect Test Wallet").click()
    expect(page.get_by_role("alert").filter(has_text="You declined in the wallet")).to_be_visible()
    scene.wallet.declines.clear()
    page.get_by_role("button", name="Connect Test Wallet").click()
    expect(page.get_by_role("button", name="Add this wallet")).to_be_visible()
    assert aside(lambda: scene.wallet.asked.count("personal_sign")) == 2
