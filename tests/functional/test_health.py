"""The address that monitors ask."""

from app.lifecycle import Platform
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
