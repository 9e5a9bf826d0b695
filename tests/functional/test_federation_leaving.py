"""Signing out by the side of a provider: offered when somebody leaves here, obeyed when the provider says so."""

import html
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from app import wiring
from app.config import Settings
from app.core.permissions import Role
from app.integrations.egress.live import LiveEgress
from app.integrations.oidc import client as oidc
from app.lifecycle import Platform
from app.modules.accounts.models import UserSession
from app.modules.federation.models import IdentityProvider, LogoutToken, ProviderSession
from app.modules.federation.rules_tokens import LOGOUT
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import PASSWORD, acts, person, signed_in
from tests.functional.test_federation import added, by_stranger, come_back, hs_with_public_key, leave, unsigned
from tests.support import tally
from tests.support.http import Visitor
from tests.support.oidc import Liar, Signer, liar, real, signed
from tests.support.work import World

DOOR = "/api/sign-in/acme-id/backchannel-logout"


@pytest.fixture(autouse=True)
def here(app: Platform, settings: Settings) -> Iterator[None]:
    """Let providers be on this machine."""
    oidc.connect(LiveEgress(plain=True, loopback=True))
    app.portico, before = replace(app.portico, limit_entrance=100_000), app.portico
    yield
    app.portico = before
    oidc.connect(LiveEgress())


@pytest.fixture
def world(settings: Settings) -> World:
    return World(settings, replace(wiring.ports(settings), egress=LiveEgress(plain=True, loopback=True)))


@pytest.fixture
def otto(app: Platform, acme: Site) -> Visitor:
    person(acme, "otto", Role.TENANT_ADMIN)
    return signed_in(app, acme, "otto")


@pytest.fixture
def provider() -> Iterator[Liar]:
    with liar("/tenant-7") as provider:
        yield provider


@pytest.fixture
def ready(otto: Visitor, world: World, provider: Liar, acme: Site) -> str:
    person(acme, "alice")
    return added(otto, world, provider)


def arrived(app: Platform, site: Site, provider: Any, **claims: object) -> Visitor:
    """Let alice sign in by the provider, whose ID token has these claims too; the first time with her password."""
    if isinstance(provider, Liar):
        provider.claims = claims
    alice = Visitor(app, site.host)
    come_back(alice, provider.allow(leave(alice)))
    if "You have an account here" in alice.text:
        alice.submit("/prove", password=PASSWORD)
    assert alice.path == "/", alice.text
    assert is_in(alice)
    return alice


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account", follow=False).status == 200


def sent(app: Platform, site: Site, token: str, *, path: str = DOOR) -> Visitor:
    """Let the provider say it, as it does: without cookies."""
    return Visitor(app, site.host).post(path, {"logout_token": token}, content_type="application/x-www-form-urlencoded")


def logout_claims(provider: Liar, **changes: object) -> dict[str, Any]:
    now = int(time.time())
    every: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": provider.client_id,
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid4()),
        "events": {LOGOUT: {}},
        "sub": "sub-alice",
        **changes,
    }
    return {name: value for name, value in every.items() if value is not None}


def link_out(visitor: Visitor, provider: Any) -> str:
    found = re.search(rf'href="({re.escape(provider.issuer)}[^"]+)"', visitor.text)
    assert found, visitor.text
    return html.unescape(found[1])


def test_a_real_provider_signs_out_both_ways(app: Platform, acme: Site, otto: Visitor, world: World) -> None:
    person(acme, "alice")
    with real() as provider:
        added(otto, world, provider, secret="")
        alice = arrived(app, acme, provider)
        alice.get("/account").submit("/logout")
        assert alice.path == "/sign-in/leaving"
        assert "At Acme ID you may still be signed in" in alice.text
        there = link_out(alice, provider)
        asked = parse_qs(urlsplit(there).query)
        assert jwt_claims(asked["id_token_hint"][0])["sub"] == "johndoe"
        assert asked["client_id"] == ["portico"]
        assert not is_in(alice)
        come_back(alice, provider.leave(there))
        assert "so you are at Acme ID" in alice.text
        come_back(alice, provider.leave(there))  # the state was good once
        assert "so you are at" not in alice.text

        again, elsewhere = arrived(app, acme, provider), arrived(app, acme, provider)
        named = {"aud": "portico", "jti": "first", "events": {LOGOUT: {}}}
        answer = sent(app, acme, provider.logout_token(**named, sub="johndoe", sid="another of theirs"))
        assert answer.status == 200
        assert is_in(again)
        token = provider.logout_token(**{**named, "jti": "second"}, sid="theirs")
        answer = sent(app, acme, token)
        assert (answer.status, answer.page.headers["Cache-Control"]) == (200, "no-store")
        assert not is_in(again)
        assert not is_in(elsewhere)
        answer = sent(app, acme, token)
        assert (answer.status, answer.page.headers["Cache-Control"]) == (400, "no-store")
        assert acts(acme).count("session.ended_by_provider") == 2


def jwt_claims(token: str) -> dict[str, Any]:
    return dict(json.loads(jws.extract_compact(token.encode()).payload))


def test_only_who_came_by_a_provider_with_a_page_is_offered_to_leave_there(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    alice = signed_in(app, acme, "alice")
    alice.submit("/logout")
    assert alice.path == "/"
    alice = arrived(app, acme, provider)
    alice.get("/account").submit("/logout")
    assert alice.path == "/sign-in/leaving"
    stranger = Visitor(app, acme.host).get("/sign-in/leaving")
    assert provider.issuer not in stranger.text
    for endpoint in (None, "javascript:alert(1)", 7):
        with tenant_session(acme.id) as session:
            one = session.scalars(select(IdentityProvider)).one()
            one.document = {**one.document, "end_session_endpoint": endpoint}
        alice = arrived(app, acme, provider)
        alice.get("/account").submit("/logout")
        assert alice.path == "/", endpoint


def test_the_way_back_from_the_provider_is_for_the_browser_that_left(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    alice = arrived(app, acme, provider)
    alice.get("/account").submit("/logout")
    asked = parse_qs(urlsplit(link_out(alice, provider)).query)
    back = f"{urlsplit(asked['post_logout_redirect_uri'][0]).path}?state="
    for visitor, state in ((Visitor(app, acme.host), asked["state"][0]), (alice, "made-up"), (alice, "")):
        assert "so you are at" not in visitor.get(back + state).text
    assert "so you are at Acme ID" in alice.get(back + asked["state"][0]).text


def test_a_hint_that_cant_be_read_any_more_is_replaced_by_the_name(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    alice = arrived(app, acme, provider)
    with tenant_session(acme.id) as session:
        session.scalars(select(ProviderSession)).one().hint = b"sealed with another key"
    alice.get("/account").submit("/logout")
    asked = parse_qs(urlsplit(link_out(alice, provider)).query)
    assert asked["logout_hint"] == ["sub-alice"]
    assert "id_token_hint" not in asked


def test_a_logout_ends_what_it_names_and_nothing_else(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    by_password = signed_in(app, acme, "alice")
    one, two = (arrived(app, acme, provider, sid=sid) for sid in ("one", "two"))
    assert sent(app, acme, signed(provider, logout_claims(provider, sid="one"))).status == 200
    assert [is_in(one), is_in(two)] == [False, True]
    assert sent(app, acme, signed(provider, logout_claims(provider, sub="somebody-else"))).status == 200
    assert sent(app, acme, signed(provider, logout_claims(provider, sub="somebody-else", sid="two"))).status == 200
    assert is_in(two)
    unnamed = arrived(app, acme, provider)
    assert sent(app, acme, signed(provider, logout_claims(provider, sid="three"))).status == 200
    assert [is_in(unnamed), is_in(two)] == [False, True]  # whose name isn't known ends with its subject's
    assert sent(app, acme, signed(provider, logout_claims(provider))).status == 200
    assert [is_in(two), is_in(by_password)] == [False, True]


def test_a_provider_ends_no_sessions_of_another(
    app: Platform, acme: Site, zeta: Site, otto: Visitor, world: World, provider: Liar, ready: str
) -> None:
    alice = arrived(app, acme, provider)
    with liar("/other") as other:
        added(otto, world, other, name="Other ID")
        forged = signed(other, logout_claims(other))
        assert sent(app, acme, forged, path="/api/sign-in/other-id/backchannel-logout").status == 200
        assert sent(app, acme, forged).status == 400
    assert sent(app, zeta, signed(provider, logout_claims(provider))).status == 404
    assert sent(app, acme, signed(provider, logout_claims(provider)), path=DOOR.replace("acme-id", "x")).status == 404
    assert is_in(alice)


FORGERIES: dict[str, tuple[dict[str, Any], Signer]] = {
    "another issuer": ({"iss": "https://elsewhere.example"}, signed),
    "no issuer": ({"iss": None}, signed),
    "another audience": ({"aud": "someone-else"}, signed),
    "no audience": ({"aud": None}, signed),
    "no event": ({"events": None}, signed),
    "another event": ({"events": {"http://schemas.openid.net/event/other": {}}}, signed),
    "an event that is a list": ({"events": [LOGOUT]}, signed),
    "an event that is text": ({"events": {LOGOUT: "yes"}}, signed),
    "a nonce": ({"nonce": "n"}, signed),
    "an empty nonce": ({"nonce": ""}, signed),
    "nobody named": ({"sub": None}, signed),
    "an empty subject": ({"sub": ""}, signed),
    "a subject that is a list": ({"sub": ["sub-alice"]}, signed),
    "a session that is a number": ({"sid": 7}, signed),
    "an empty session": ({"sid": ""}, signed),
    "no name of its own": ({"jti": None}, signed),
    "an empty name of its own": ({"jti": ""}, signed),
    "a name of its own that is a number": ({"jti": 7}, signed),
    "expired": ({"exp": int(time.time()) - 120}, signed),
    "no expiry": ({"exp": None}, signed),
    "no time of issue": ({"iat": None}, signed),
    "issued long ago": ({"iat": int(time.time()) - 3600}, signed),
    "issued tomorrow": ({"iat": int(time.time()) + 86400, "exp": int(time.time()) + 90000}, signed),
    "not valid yet": ({"nbf": int(time.time()) + 3600}, signed),
    "unsigned": ({}, unsigned("none")),
    "signed with the public key as a shared secret": ({}, hs_with_public_key),
    "signed by a key of one's own": ({}, by_stranger({"kid": "one"})),
    "a key that is said to stand elsewhere (jku)": ({}, by_stranger({"kid": "one", "jku": ""})),
    "a key that comes along (jwk)": ({}, by_stranger({"kid": "one", "jwk": ""})),
    "another kind of token": (
        {},
        lambda one, claims: jwt.encode({"alg": "RS256", "kid": "one", "typ": "at+jwt"}, claims, one.key),
    ),
    "a changed signature": ({}, lambda one, claims: signed(one, claims)[:-6] + "AAAAAA"),
    "encrypted": ({}, lambda _one, _claims: "a.b.c.d.e"),
    "nothing": ({}, lambda _one, _claims: ""),
    "an endless token": ({"pad": "x" * 20000}, signed),
    "claims that are a list": ({}, lambda one, claims: _raw({"kid": "one"}, [claims], one.key)),
    "an ID token": ({}, lambda one, _claims: one.id_token("a nonce")),
}


def _raw(header: dict[str, Any], claims: object, key: RSAKey) -> str:
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jws.serialize_compact({"alg": "RS256", **header}, json.dumps(claims).encode(), key, registry=registry)


def test_no_forged_logout_token_ends_anything(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    alice = arrived(app, acme, provider)
    for forgery, (changes, sign) in FORGERIES.items():
        answer = sent(app, acme, sign(provider, logout_claims(provider, **changes)))
        assert (answer.status, answer.page.headers["Cache-Control"]) == (400, "no-store"), forgery
        assert answer.page.get_json()["code"] == "logout-token-refused", forgery
        assert is_in(alice), forgery
    with tenant_session(acme.id) as session:
        assert session.scalars(select(LogoutToken)).all() == []
    assert sent(app, acme, signed(provider, logout_claims(provider))).status == 200
    assert not is_in(alice)
    tally.count("B38 OpenID Connect: logout tokens that are forged", len(FORGERIES))


def test_a_logout_token_lets_nobody_in(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    arrived(app, acme, provider)
    alice = Visitor(app, acme.host)
    there = leave(alice)
    provider.sign = lambda one, _claims: signed(one, logout_claims(one))
    assert come_back(alice, provider.allow(there)).status == 422


def test_a_logout_token_that_comes_many_times_at_once_is_obeyed_once(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    arrived(app, acme, provider)
    token = signed(provider, logout_claims(provider))
    with ThreadPoolExecutor(4) as threads:
        statuses = threads.map(lambda _each: sent(app, acme, token).status, range(6))
    assert sorted(statuses) == [200, 400, 400, 400, 400, 400]
    assert acts(acme).count("session.ended_by_provider") == 1


def test_a_key_that_isnt_known_has_the_worker_look_again(
    app: Platform, acme: Site, world: World, provider: Liar, ready: str
) -> None:
    alice = arrived(app, acme, provider)
    fresh = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.others = [fresh]
    with tenant_session(acme.id) as session:
        session.scalars(select(IdentityProvider)).one().keys_at = None

    def said() -> int:
        claims = logout_claims(provider)
        return sent(app, acme, jwt.encode({"alg": "RS256", "kid": "two", "typ": "logout+jwt"}, claims, fresh)).status

    assert said() == 400
    world.settle()
    assert said() == 200
    assert not is_in(alice)


def test_what_is_kept_of_a_provider_goes_with_the_session(
    app: Platform, acme: Site, otto: Visitor, provider: Liar, ready: str
) -> None:
    alice = arrived(app, acme, provider)
    with tenant_session(acme.id) as session:
        kept = session.scalars(select(ProviderSession)).one()
        assert b"eyJ" not in kept.hint  # sealed
        assert session.get(UserSession, (acme.id, kept.session_id)) is not None
    alice.get("/account").submit("/logout")
    with tenant_session(acme.id) as session:
        assert session.scalars(select(ProviderSession)).all() == []
    alice = arrived(app, acme, provider)
    otto.get(ready).submit("/remove")
    assert is_in(alice)
    alice.get("/account").submit("/logout")
    assert alice.path == "/"
