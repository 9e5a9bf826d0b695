"""axe-core finds nothing on any page, in any pack, light or dark, in either direction; and no browser complains.

Every page is looked at once, the looks taking turns; the main pages in every look. `scripts/test --deep` looks at every
page in every look.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.config import Settings
from app.core import clock
from app.embedded.binaries import CHECKOUT
from app.modules.accounts import service as accounts
from tenants import service
from tests.browser.conftest import Person, aside
from tests.conftest import found
from tests.support import sample as samples
from tests.support.desk import Desk
from tests.support.sample import Address, Sample

DEEP = bool(os.environ.get("PORTICO_DEEP"))
AXE = (CHECKOUT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async rules => (await axe.run({runOnly: rules, resultTypes: ["violations"], preload: false})).violations.map(
  found => found.id + ": " + found.nodes.map(node => node.target.join(" ") + " — " + node.any
    .concat(node.all, node.none).map(check => check.message).join("; ").slice(0, 200)).slice(0, 3).join(" | "))
"""
PACKS = ("modern", "classic", "minimal")
MODES = ("light", "dark")
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 844}  # as narrow as WCAG 1.4.10 asks


@dataclass
class Gallery:
    """The sample, and a window for everybody who looks at it."""

    sample: Sample
    browser: Browser
    port: int
    windows: dict[str, Person] = field(default_factory=dict)

    def window(self, who: str) -> Person:
        if who not in self.windows:
            site = self.sample.console if who == "sam" else self.sample.site
            made = self.windows[who] = Person.at(self.browser, site, self.port, viewport=WIDE, reduced_motion="reduce")
            if who:
                cookie: Any = {"name": accounts.cookie_name(secure=False), "value": self.sample.token(who)}
                made.context.add_cookies([{**cookie, "domain": site.host, "path": "/"}])
        return self.windows[who]

    def dress(self, pack: str, language: str = "en") -> None:
        """Give the site another look."""
        for site in (self.sample.site, self.sample.console):
            service.change_branding(site.id, {"pack": pack}, now=clock.now())
            service.change_settings(site.id, {"languages": [language]})

    def wrong(self, address: Address, modes: Sequence[str]) -> list[str]:
        """Return what is wrong with a page: what axe finds or the browser says, and that a phone has to scroll."""
        who = self.window(address.who)
        who.page.emulate_media(color_scheme=modes[0])  # type: ignore[arg-type]
        who.go(address.path)
        who.page.evaluate(AXE)
        wrong = []
        for mode in modes:
            who.page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
            wrong += [f"{mode}: {found}" for found in who.page.evaluate(RUN, RULES)]
        who.page.set_viewport_size(PHONE)
        width = who.page.evaluate("document.scrollingElement.scrollWidth")
        wrong += [f"{width} pixels wide on a phone"] if width > PHONE["width"] else []
        who.page.set_viewport_size(WIDE)
        wrong += [f"complains: {text}" for text in who.complaints if address.status == 200]
        who.complaints.clear()
        return [f"{address.path} ({address.who or 'nobody'}): {text}" for text in wrong]


@pytest.fixture(scope="module")
def gallery(chained: Settings, port: int, browser: Browser) -> Iterator[Gallery]:
    desk = Desk.of(chained, found("acme", "Acme Real Assets"))
    sample = aside(lambda: samples.build(desk, samples.found_console(), chained.secret_key))
    gallery = Gallery(sample, browser, port)
    yield gallery
    for window in gallery.windows.values():
        window.context.close()


def pages(sample: Sample) -> list[Address]:
    """Return what can be looked at: no parts of pages, and no mail, on which nothing may run, axe neither."""
    return [address for address in sample.addresses if not address.fragment and address.endpoint != "outbox.mail"]


@pytest.mark.parametrize("pack", PACKS)
def test_nothing_is_wrong_with_any_page(gallery: Gallery, pack: str) -> None:
    gallery.dress(pack)
    wrong = []
    for turn, address in enumerate(pages(gallery.sample)):
        if address.main or DEEP:
            wrong += gallery.wrong(address, MODES)
        elif PACKS[turn % len(PACKS)] == pack:
            wrong += gallery.wrong(address, [MODES[turn // len(PACKS) % len(MODES)]])
    assert wrong == [], json.dumps(wrong, indent=1, ensure_ascii=False)


def test_nothing_is_wrong_from_right_to_left(gallery: Gallery) -> None:
    gallery.dress("minimal", "ar")
    wrong = [
        text for address in pages(gallery.sample) if address.main or DEEP for text in gallery.wrong(address, MODES)
    ]
    assert wrong == [], json.dumps(wrong, indent=1, ensure_ascii=False)
