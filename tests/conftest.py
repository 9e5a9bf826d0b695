"""What every test may ask for: a database as the application's own role, and fresh tenants."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from app.config import Settings, new_secret
from app.core import clock
from app.integrations.storage import port as storage
from app.integrations.storage.live import LocalStorage
from tenants import bootstrap, ids, migrate, service, session
from tenants.service import Site
from tests.support import tally
from tests.support.services import postgres_admin_url
from tests.support.signing import SignerThread

tally.begin()
hypothesis_settings.register_profile("portico", deadline=None)  # a busy machine is no fault of what is tested
hypothesis_settings.load_profile("portico")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the batteries counted, once, at the end."""
    counts = tally.totals()
    if counts and not hasattr(config, "workerinput"):
        terminalreporter.section("counts")
        for what, number in counts.items():
            terminalreporter.line(f"{number:>8,}  {what}")


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The home folder of the installation under test."""
    with tempfile.TemporaryDirectory(prefix="portico-home-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def access() -> bootstrap.Access:
    """A migrated database of this test process's own."""
    name = f"portico_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    # Roles belong to the whole server, so all workers of a run must agree on their passwords.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    secrets_dir = Path(tempfile.gettempdir()) / f"portico-test-secrets-{os.getuid()}-{run}"
    prepared = bootstrap.prepare(postgres_admin_url(), database=name, secrets_dir=secrets_dir)
    migrate.upgrade(prepared.migrator)
    return prepared


@pytest.fixture(scope="session")
def settings(home: Path, access: bootstrap.Access) -> Settings:
    """The installation's settings: everything real, on this machine."""
    return Settings(
        home=home,
        secret_key=new_secret(),
        tenant_url=access.tenant,
        platform_url=access.platform,
        queue_url=access.queue,
        migrator_url=access.migrator,
        port=80,
    )


@pytest.fixture(scope="session")
def signer(settings: Settings, access: bootstrap.Access) -> SignerThread:
    """The signer, which runs as long as `database` does."""
    return SignerThread(settings, access.signer)


@pytest.fixture(scope="session")
def database(settings: Settings, signer: SignerThread) -> Iterator[None]:
    """Sessions connected as the application's roles, and the signer beside."""
    session.connect(settings.urls)
    storage.connect(LocalStorage(settings.files), secret_key=settings.secret_key)
    signer.start()
    yield
    signer.stop()
    session.disconnect()


@pytest.fixture
def acme(database: None) -> Site:
    """The tenant most tests live in; new for each test."""
    return found("acme", "Acme Real Assets")


@pytest.fixture
def zeta(database: None) -> Site:
    """The other tenant, who must never see or change anything of acme."""
    return found("zeta", "Zeta Placements")


def found(slug: str, name: str) -> Site:
    """Found a tenant with a slug and host that no other test uses."""
    unique = f"{slug}-{ids.new().hex[-12:]}"
    lenient = {"second_factor_roles": []}  # tests about second factors ask for them
    host = f"{unique}.localhost"
    return service.found(slug=unique, name=name, host=host, settings_values=lenient, now=clock.now())
