"""What tests of the look need: built files, and an application that only draws pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app.core.money import Asset
from app.web import assets
from tests.support.looks import Site, drawing_app


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> assets.Assets:
    """The static files, built once."""
    return assets.load(tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="session")
def web(built: assets.Assets) -> Flask:
    """An application that draws pages for whichever site `g.site` names."""
    return drawing_app(built)


@pytest.fixture
def on(web: Flask) -> Any:
    """`with on(ACME, "/path"):` stands inside a request to that site."""

    @contextmanager
    def request(site: Site | None, path: str = "/", **options: Any) -> Iterator[None]:
        with web.test_request_context(path, **options):
            if site is not None:
                g.site = site
            yield

    return request


@pytest.fixture
def visit(web: Flask) -> Any:
    """`visit(ACME).get(…)` asks the blueprints as a browser of that site."""

    def client(site: Site) -> FlaskClient:
        web.before_request_funcs[None] = [lambda: setattr(g, "site", site)]
        return web.test_client()

    yield client
    web.before_request_funcs.clear()


@pytest.fixture
def eur() -> Asset:
    """Euros kept with six decimals, shown with two."""
    return Asset(code="EUR", decimals=6)
