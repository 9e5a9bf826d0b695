"""The address that monitors ask."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from app.config import Settings
from app.lifecycle import Platform
from tenants import bootstrap, migrate
from tenants import session as tenancy
from tenants.service import Site
from tests.support.http import Visitor


def test_health_tells_how_each_part_is(visitor: Visitor) -> None:
    answer = visitor.get("/api/health").page
    assert answer.status_code == 200
    body = answer.get_json()
    assert set(body) == {"status", "database", "blockchain", "services"}
    assert body["database"] == "connected"
    assert set(body["services"]) == {"kyc", "email", "ipfs"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_names_no_tenant(visitor: Visitor, acme: Site) -> None:
    assert acme.slug not in visitor.get("/api/health").text


def test_an_unknown_host_has_no_health(app: Platform) -> None:
    assert Visitor(app, "nobody.localhost").get("/api/health").status == 404


def test_a_process_is_live_and_ready_whatever_host_is_asked(app: Platform, acme: Site) -> None:
    for host in (acme.host, "console.localhost", "nobody.localhost", "10.1.2.3", "-"):
        for path, said in (("/health/live", {"status": "live"}), ("/health/ready", {"status": "ready", "reasons": []})):
            answer = Visitor(app, host).get(path).page
            assert (answer.status_code, answer.get_json()) == (200, said), host
            assert answer.headers["Cache-Control"] == "no-store"
            assert "RateLimit" not in answer.headers
            head = app.test_client().head(path, base_url=f"http://{host}")
            assert (head.status_code, head.data) == (200, b"")
    assert Visitor(app, acme.host).post("/health/ready", {}).status in (405, 419)


@pytest.fixture
def without_database(app: Platform, settings: Settings) -> Iterator[None]:
    gone = settings.urls.platform.rpartition("@")[0] + "@127.0.0.1:9/hush-hush"
    tenancy.connect(replace(settings.urls, tenant=gone, platform=gone))
    yield
    tenancy.connect(settings.urls)


def test_without_its_database_a_process_is_live_but_not_ready(app: Platform, without_database: None) -> None:
    assert Visitor(app, "10.1.2.3").get("/health/live").status == 200
    answer = Visitor(app, "10.1.2.3").get("/health/ready").page
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["The database can't be asked. Look whether it runs and takes connections."]
    assert "hush" not in answer.get_data(as_text=True)


def test_a_process_that_is_newer_than_its_database_is_not_ready(app: Platform, access: bootstrap.Access) -> None:
    owner = create_engine(access.migrator)
    try:
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL ROLE app_owner"))
            connection.execute(text("UPDATE platform.alembic_version SET version_num = '0001_foundation'"))
        answer = Visitor(app, "10.1.2.3").get("/health/ready").page
    finally:
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL ROLE app_owner"))
            connection.execute(text("UPDATE platform.alembic_version SET version_num = :it"), {"it": migrate.head()})
        owner.dispose()
    assert answer.status_code == 503
    assert "portico db migrate" in answer.get_json()["reasons"][0]
    assert "0001" not in answer.get_data(as_text=True)


def test_probes_leave_no_lines_in_the_log(app: Platform, acme: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="portico.access"):
        Visitor(app, acme.host).get("/health/live").get("/health/ready")
        assert caplog.records == []
        Visitor(app, acme.host).get("/api/health")
        assert len(caplog.records) == 1
