"""One site with one of everything, and everybody who could come to its doors."""

from collections.abc import Iterator

import pytest

from app import factory
from app.config import Settings
from app.lifecycle import Platform
from app.web import assets
from tests.conftest import found
from tests.support import sample as samples
from tests.support.desk import Desk, fresh_chain
from tests.support.sample import Sample


@pytest.fixture(scope="session")
def app(settings: Settings, database: None) -> Platform:
    """The web application; errors are answered as they are for people."""
    assets.build(settings.static)
    return factory.create_app(settings)


@pytest.fixture(scope="session")
def sample(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """A site that every test of this folder looks at and none changes."""
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        desk = Desk.of(chained, found("acme", "Acme Real Assets"))
        yield samples.build(desk, samples.found_console(), settings.secret_key)
