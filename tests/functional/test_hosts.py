"""Whose site answers: every kind of host has one defined answer, and none of them is a default tenant."""

import http.client
import re
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from app.core import clock
from app.lifecycle import Platform
from tenants import service
from tenants.service import Site
from tests.functional.accounts import person, signed_in
from tests.support import tally
from tests.support.http import Visitor
from tests.support.work import World


def test_each_host_shows_its_own_site(app: Platform, acme: Site, zeta: Site) -> None:
    for site, other in ((acme, zeta), (zeta, acme)):
        page = Visitor(app, site.host).get("/").text
        assert site.name in page
        assert other.name not in page
        assert other.host not in page


@pytest.mark.parametrize("spelling", ["{HOST}", "{host}.", "{host}:8000", "{HOST}.:80"])
def test_spellings_of_a_host_mean_the_same_site(app: Platform, acme: Site, spelling: str) -> None:
    host = spelling.format(host=acme.host, HOST=acme.host.upper())
    answer = app.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 200
    assert acme.name in answer.text


def test_an_alias_leads_to_the_primary_host(app: Platform, acme: Site) -> None:
    alias = f"www-{acme.host}"
    service.add_host(acme.id, alias, kind="redirect", now=clock.now())
    answer = Visitor(app, alias).get("/deals?kind=debt", follow=False).page
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"http://{acme.host}/deals?kind=debt"
    assert "Set-Cookie" not in answer.headers


def test_an_alias_can_serve_the_site_itself(app: Platform, acme: Site) -> None:
    alias = f"invest-{acme.host}"
    service.add_host(acme.id, alias, kind="serve", now=clock.now())
    assert acme.name in Visitor(app, alias).get("/").text


def test_visitors_get_the_menu_of_the_page_and_language_they_asked_for_and_never_anothers(
    app: Platform, acme: Site, zeta: Site
) -> None:
    person(acme, "alice")
    service.change_settings(acme.id, {"languages": ["en", "ar"]})
    current = re.compile(r'<a href="([^"]*)" aria-current="page"')
    alice = signed_in(app, acme, "alice")

    for _turn in range(2):
        assert "Alice" in alice.get("/deals").text
        shown = Visitor(app, acme.host).get("/deals").text
        assert "Alice" not in shown
        assert "/login" in shown
        assert current.findall(shown) == ["/deals"]
        assert current.findall(Visitor(app, acme.host).get("/login").text) == []
        arabic = Visitor(app, acme.host).get("/deals", headers={"Accept-Language": "ar"}).text
        assert "الصفقات" in arabic[: arabic.index("</nav>")]
        assert zeta.name in Visitor(app, zeta.host).get("/deals").text
    service.change_settings(acme.id, {"languages": ["ar"]})
    assert "الصفقات" in Visitor(app, acme.host).get("/deals").text


def test_a_suspended_tenant_says_so_in_its_own_brand(app: Platform, acme: Site, zeta: Site) -> None:
    service.suspend(acme.id, reason="unpaid since March")
    visitor = Visitor(app, acme.host).get("/deals")
    assert visitor.status == 503
    assert visitor.page.headers["Retry-After"]
    assert acme.name in visitor.text
    assert f"/theme/{acme.slug}-" in visitor.text
    assert "unpaid" not in visitor.text
    assert Visitor(app, zeta.host).get("/").status == 200
    service.reactivate(acme.id)
    assert Visitor(app, acme.host).get("/").status == 200


def test_a_closed_tenants_host_is_unknown(app: Platform, acme: Site) -> None:
    service.close(acme.id, reason="left")
    assert Visitor(app, acme.host).get("/").status == 404


@pytest.mark.parametrize("host", ["nobody.localhost", "localhost", "example.com", "xn--mnchen-3ya.example"])
def test_an_unknown_host_names_no_tenant(app: Platform, acme: Site, host: str) -> None:
    answer = app.test_client().get("/deals", headers={"Host": host})
    assert answer.status_code == 404
    assert acme.name not in answer.text
    assert "Set-Cookie" not in answer.headers


MALFORMED = [
    "a.example.com@evil.com", "{host}@evil.com", "a, b", "{host}, evil.com", "{host}:99999", "{host}:x", "[::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", [*MALFORMED, ""])
def test_a_malformed_host_gets_an_empty_421(app: Platform, acme: Site, host: str) -> None:
    answer = app.test_client().get("/", headers={"Host": host.format(host=acme.host)})
    assert answer.status_code == 421
    assert answer.data == b""
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_no_other_header_chooses_the_site(app: Platform, acme: Site, zeta: Site, header: str) -> None:
    value = f"host={zeta.host}" if header == "Forwarded" else zeta.host
    answer = app.test_client().get("/", headers={"Host": acme.host, header: value})
    assert acme.name in answer.text
    assert zeta.name not in answer.text


def test_a_link_in_a_mail_leads_to_the_tenants_own_host_whatever_was_asked(
    app: Platform, acme: Site, zeta: Site, world: World
) -> None:
    person(acme, "alice")
    alias = f"invest-{acme.host}"
    service.add_host(acme.id, alias, kind="serve", now=clock.now())
    for host in (acme.host, alias):
        visitor = Visitor(app, host)
        visitor.client.environ_base |= {
            "HTTP_X_FORWARDED_HOST": zeta.host,
            "HTTP_FORWARDED": f"host={zeta.host}",
            "HTTP_X_HOST": zeta.host,
            "HTTP_REFERER": f"http://{zeta.host}/forgot",
        }
        visitor.get("/forgot").submit("/forgot", email="alice@example.org")
    world.settle()
    page = Visitor(app, acme.host).get("/outbox").text
    led_to = re.findall(r'href="https?://([^/:"]+)[^"]*/reset/', page)
    assert led_to == [acme.host, acme.host], page
    assert zeta.host not in page
    tally.count("B30 hosts: mails whose links lead home", len(led_to))


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def port(app: Platform) -> Iterator[int]:
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_over_a_real_socket_a_missing_or_doubled_host_is_nobodys(port: int, acme: Site, zeta: Site) -> None:
    for hosts in ((), (acme.host, zeta.host)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest("GET", "/", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status in (404, 421)
        assert acme.name not in body
        assert zeta.name not in body
        connection.close()
