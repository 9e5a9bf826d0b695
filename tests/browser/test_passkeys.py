"""Passkeys in a real browser, with an authenticator that Chromium pretends to have."""

import os
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from tenants import service as tenancy
from tenants.service import Site
from tests.browser.conftest import Person, served
from tests.browser.test_accessibility import AXE, RULES, RUN
from tests.functional import accounts

SHOTS = os.environ.get("PORTICO_SHOTS", "")


@pytest.fixture(scope="module")
def entrance(settings: Settings, database: None) -> object:
    """The web application on a port of its own, without a chain."""
    yield from served(settings)


def with_authenticator(person: Person) -> str:
    """Give the browser an authenticator inside the device; returns its id."""
    person.cdp = person.context.new_cdp_session(person.page)  # type: ignore[attr-defined]
    person.cdp.send("WebAuthn.enable")  # type: ignore[attr-defined]
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = person.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})  # type: ignore[attr-defined]
    return str(made["authenticatorId"])


def shot(person: Person, name: str) -> None:
    """Let axe look at the page, light and dark; and keep a picture where PORTICO_SHOTS names a folder."""
    person.page.evaluate(AXE)
    for mode in ("light", "dark"):
        person.page.emulate_media(color_scheme=mode, reduced_motion="reduce")  # type: ignore[arg-type]
        assert person.page.evaluate(RUN, RULES) == [], (name, mode)
        if SHOTS:
            person.page.screenshot(path=Path(SHOTS) / f"{name}-{mode}.png", full_page=True)
    person.page.emulate_media(color_scheme="light")


def test_a_passkey_is_made_lets_in_and_is_asked_for_as_a_second_factor(
    browser: Browser, acme: Site, entrance: int
) -> None:
    accounts.person(acme, "alice")
    alice = Person.at(browser, acme, entrance)
    with_authenticator(alice)
    alice.sign_in("alice@example.org", accounts.PASSWORD)
    alice.go("/account/security")
    shot(alice, "security-empty")
    alice.go("/account/security/passkeys")
    shot(alice, "passkey-new")
    alice.page.get_by_label("Name").fill("My laptop")
    alice.press("Make a passkey")
    expect(alice.page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert alice.page.locator("ol code").count() == 10
    shot(alice, "codes")
    alice.page.get_by_role("link", name="I have kept them").click()
    expect(alice.page.get_by_text("My laptop")).to_be_visible()
    shot(alice, "security")

    alice.context.clear_cookies()
    alice.go("/login?next=/account/security")
    shot(alice, "login")
    alice.press("Sign in with a passkey")
    alice.page.wait_for_url("**/account/security")
    expect(alice.page.get_by_text("used")).to_be_visible()

    alice.context.clear_cookies()
    alice.go("/login")
    alice.page.get_by_label("E-mail").fill("alice@example.org")
    alice.page.get_by_label("Password", exact=True).fill(accounts.PASSWORD)
    alice.press("Sign in")
    expect(alice.page.get_by_role("heading", name="Second step")).to_be_visible()
    shot(alice, "second")
    alice.press("Use a passkey")
    alice.page.wait_for_url(lambda url: "/login" not in url)
    assert alice.complaints == []


def test_a_browser_that_has_no_passkey_says_so_in_place(browser: Browser, acme: Site, entrance: int) -> None:
    accounts.person(acme, "alice")
    stranger = Person.at(browser, acme, entrance)
    authenticator = with_authenticator(stranger)
    stranger.cdp.send(  # type: ignore[attr-defined]
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    stranger.go("/login")
    stranger.press("Sign in with a passkey")
    expect(stranger.page.get_by_text("No passkey was shown. Try again, or use another way.")).to_be_visible(
        timeout=90_000
    )
    stranger.page.get_by_label("E-mail").fill("alice@example.org")
    assert stranger.page.url.endswith("/login")


def test_an_administrator_sets_up_an_app_on_the_way_in(browser: Browser, acme: Site, entrance: int) -> None:
    accounts.person(acme, "otto", Role.TENANT_ADMIN)
    tenancy.change_settings(acme.id, {"second_factor_roles": ["tenant_admin"]})
    otto = Person.at(browser, acme, entrance, viewport={"width": 390, "height": 800})
    otto.go("/login")
    otto.page.get_by_label("E-mail").fill("otto@example.org")
    otto.page.get_by_label("Password", exact=True).fill(accounts.PASSWORD)
    otto.press("Sign in")
    expect(otto.page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    shot(otto, "enrol-phone")
    wide = otto.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "nothing stands beyond the edge of a telephone"
    secret = otto.page.locator("figcaption .strong").inner_text().replace(" ", "")
    otto.page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(clock.now()))
    otto.press("Set up the app")
    expect(otto.page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    otto.page.get_by_role("link", name="I have kept them").click()
    otto.go("/manage/people/entrance")
    shot(otto, "entrance-phone")
    otto.go("/login/again")
    shot(otto, "again-phone")
    otto.go("/account/email")
    shot(otto, "email-phone")
    otto.go("/account/security")
    shot(otto, "security-phone")
    assert otto.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert otto.complaints == []
