"""The application as people meet it, and the worker behind it."""

from dataclasses import replace

import pytest

from app import factory, wiring
from app.config import Settings
from app.lifecycle import Platform
from app.web import assets
from tenants.service import Site
from tests.support.http import Visitor
from tests.support.services import anvil_url
from tests.support.work import World


@pytest.fixture(scope="session")
def app(settings: Settings, database: None) -> Platform:
    """The web application; errors are answered as they are for people."""
    assets.build(settings.static)
    return factory.create_app(settings)


@pytest.fixture
def visitor(app: Platform, acme: Site) -> Visitor:
    """Somebody with a browser on acme's site, not signed in."""
    return Visitor(app, acme.host)


@pytest.fixture
def world(settings: Settings) -> World:
    """The machine room: runs what the worker would, until nothing is left to do."""
    return World(settings, wiring.ports(settings))


@pytest.fixture(scope="session")
def chain_settings(settings: Settings) -> Settings:
    """The settings with the run's local chain behind them."""
    return replace(settings, rpc_url=anvil_url())
