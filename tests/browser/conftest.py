"""A browser, the web application on a port of its own, and a chain behind it."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from app import factory
from app.config import Settings
from app.web import assets
from tenants.service import Site
from tests.support.browser import ARGUMENTS, chromium
from tests.support.desk import fresh_chain


def aside(work: Callable[[], Any]) -> Any:
    """Do machine-room work in a thread of its own: this one belongs to the browser's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@pytest.fixture(scope="module")
def port(chained: Settings) -> Iterator[int]:
    """The web application on a port of its own."""
    yield from served(chained)


def served(settings: Settings) -> Iterator[int]:
    """Serve the application of these settings from a thread, on a free port that its links name; yields the port."""
    assets.build(settings.static)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app: Flask = factory.create_app(replace(settings, port=port))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield port
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
class Person:
    """Somebody with a browser window of their own, and what that browser complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, site: Site, port: int, **options: Any) -> "Person":
        context = browser.new_context(base_url=f"http://{site.host}:{port}", locale="en", **options)
        person = cls(context, context.new_page())
        person.page.on("console", person._listen)
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        return person

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        self.go("/login")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.locator("form[action='/login'] button").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def forgive(self, refusal: str) -> None:
        """Drop the complaints about answers that were meant to be refusals, as `422 (`."""
        self.complaints[:] = [text for text in self.complaints if f"with a status of {refusal}" not in text]

    @property
    def path(self) -> str:
        return str(self.page.evaluate("location.pathname"))
