"""One site with one of everything, and everybody who could come to its doors."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app import factory
from app.config import Settings
from app.lifecycle import Platform
from app.web import assets
from tests.conftest import found
from tests.support import canaries, servers
from tests.support import sample as samples
from tests.support.desk import Desk, fresh_chain
from tests.support.sample import Sample
from tests.support.services import postgres_admin_url


@pytest.fixture(scope="session")
def app(settings: Settings, database: None) -> Platform:
    """The web application; errors are answered as they are for people."""
    assets.build(settings.static)
    return factory.create_app(settings)


@pytest.fixture(scope="session")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@pytest.fixture(scope="session")
def sample(chained: Settings) -> Sample:
    """A site that every test of this folder looks at and none changes."""
    desk = Desk.of(chained, found("acme", "Acme Real Assets"))
    return samples.build(desk, samples.found_console(), chained.secret_key)


@pytest.fixture(scope="session")
def marked(chained: Settings) -> tuple[Sample, str, int]:
    """Another tenant's site with as much in it, every text of which ends with the canary; and in how many columns."""
    desk = Desk.of(chained, found("zeta", "Zeta Placements"))
    other = samples.build(desk, samples.found_console(), chained.secret_key)
    url = make_url(postgres_admin_url()).set(database=make_url(chained.tenant_url).database, drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        canary, columns = canaries.mark(connection, other.site.id)
    return other, canary, columns


@pytest.fixture(scope="session")
def served(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the application as granian serves it, behind a TLS proxy on this machine, with wide limits."""
    home = tmp_path_factory.mktemp("served")
    wide = dict.fromkeys(("limit_public", "limit_person", "limit_office", "limit_entrance"), 1_000_000)
    there = replace(settings, home=home, scheme="https", port=443, trusted_proxies="127.0.0.1/32", **wide)
    assets.build(there.static)
    there.save()
    with servers.granian(home, home / "web.log") as port:
        yield port


@pytest.fixture(scope="session")
def fronted(served: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The TLS port of nginx, as it is shipped, in front of it."""
    with servers.nginx(tmp_path_factory.mktemp("nginx"), served) as port:
        yield port
