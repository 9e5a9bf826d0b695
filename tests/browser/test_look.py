"""Every component in a browser: each pack, light and dark, wide and narrow, with nothing to complain about."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response, g, request
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.web import assets, headers, theming
from tests.support import gallery
from tests.support.looks import NOW, SITES, Site, drawing_app

AXE = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the gallery is served; the path names the site."""
    app = drawing_app(assets.load(tmp_path_factory.mktemp("static")))
    sites = {site.slug: site for site in SITES}

    @app.before_request
    def choose() -> None:
        g.site = sites[request.host.partition(".")[0]]

    @app.get("/gallery")
    def show() -> str:
        return theming.page("gallery.html", office=bool(request.args.get("office")), **gallery.context(NOW))

    @app.after_request
    def policed(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = headers.CSP.format(nonce=theming.csp_nonce())
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"localhost:{server.server_port}"
    server.shutdown()


def opened(browser: Browser, url: str, **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_context(**options).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda asked: complaints.append(asked.url))
    page.goto(url, wait_until="networkidle")
    return page, complaints


def widest(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
def test_axe_finds_nothing_in_any_pack(browser: Browser, address: str, site: Site, mode: Any) -> None:
    page, complaints = opened(browser, f"http://{site.slug}.{address}/gallery", color_scheme=mode)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.slug)
def test_the_page_never_scrolls_sideways(browser: Browser, address: str, site: Site, width: int) -> None:
    page, _ = opened(
        browser, f"http://{site.slug}.{address}/gallery?office=1", viewport={"width": width, "height": 800}
    )
    assert widest(page) <= width
    page.context.close()


def test_a_dialog_opens_and_a_menu_closes(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, f"http://acme.{address}/gallery")
    page.get_by_role("link", name="Dialog").click()
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    menu = page.locator(".drop", has_text="Rename").first
    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert complaints == []
    page.context.close()


def test_the_gallery_is_whole_without_scripts(browser: Browser, address: str, tmp_path: Path) -> None:
    page, _ = opened(browser, f"http://acme.{address}/gallery", java_script_enabled=False)
    assert page.get_by_role("heading", name="Components").is_visible()
    page.get_by_text("Which covenants were waived?").click()
    page.screenshot(path=tmp_path / "gallery.png")
    page.context.close()
