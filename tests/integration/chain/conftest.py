"""A chain of our own, and acme's desk on it."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from tenants.service import Site
from tests.support.desk import Desk, fresh_chain


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@pytest.fixture
def desk(chained: Settings, acme: Site) -> Desk:
    return Desk.of(chained, acme)
