"""Signing in by an OpenID Connect provider, over the web, against a real one and one that lies."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from app import wiring
from app.config import Settings
from app.core import sealed
from app.core.permissions import Role
from app.integrations.egress.live import LiveEgress
from app.integrations.oidc import client as oidc
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.audit.models import AuditEntry
from app.modules.federation import rules
from app.modules.federation.models import IdentityProvider, Journey, LinkedIdentity
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import PASSWORD, acts, person, signed_in
from tests.support import tally
from tests.support.http import Visitor
from tests.support.oidc import Liar, Real, liar, other_key, real, signed
from tests.support.work import World


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


def added(otto: Visitor, world: World, provider: Liar | Real, **typed: object) -> str:
    """Add the provider in the back office, test it and switch it on; return its page's path."""
    values = {"name": "Acme ID", "issuer": provider.issuer, "client_id": "portico", **typed}
    if isinstance(provider, Liar):
        values.setdefault("secret", provider.secret)
    otto.get("/manage/sign-in/providers/new/other").submit("/new/other", **values)
    assert otto.status == 200, otto.text
    path = otto.path
    world.settle()
    otto.get(path)
    assert "Switch on" in otto.text, otto.text
    otto.submit("/on")
    assert otto.status == 200
    return path


def leave(visitor: Visitor, slug: str = "acme-id", goal: str = "/") -> str:
    """Begin on the sign-in page; return the address at the provider."""
    visitor.get(f"/sign-in/{slug}?next={goal}", follow=False)
    assert visitor.status == 303, visitor.text
    return visitor.page.headers["Location"]


def come_back(visitor: Visitor, there: str, **options: object) -> Visitor:
    parts = urlsplit(there)
    assert parts.netloc == visitor.host
    return visitor.get(f"{parts.path}?{parts.query}", **options)


def email_of(visitor: Visitor) -> str:
    return str(visitor.get("/account").text)


def linked(site: Site) -> list[LinkedIdentity]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(LinkedIdentity)))


def test_a_real_provider_lets_somebody_in_who_connects_with_the_password_once(
    app: Platform, acme: Site, otto: Visitor, world: World
) -> None:
    person(acme, "alice")
    with real() as provider:
        added(otto, world, provider, secret="")
        alice = Visitor(app, acme.host).get("/login")
        assert "Continue with Acme ID" in alice.text
        come_back(alice, provider.allow(leave(alice, goal="/portfolio")))
        assert "You have an account here" in alice.text
        alice.submit("/prove", password="not the password at all")
        assert alice.status == 422
        alice.submit("/prove", password=PASSWORD)
        assert alice.path == "/portfolio"
        assert [one.email for one in linked(acme)] == ["alice@example.org"]

        again = Visitor(app, acme.host)
        come_back(again, provider.allow(leave(again, goal="/portfolio")))
        assert again.path == "/portfolio"
        assert "alice@example.org" in email_of(again)
        assert "identity.linked" in acts(acme)

        provider.renew_keys()
        with tenant_session(acme.id) as session:
            session.scalars(select(IdentityProvider)).one().keys_at = None
        third = Visitor(app, acme.host)
        come_back(third, provider.allow(leave(third, goal="/portfolio")))
        assert third.path == "/portfolio", third.text


@pytest.fixture
def provider() -> Iterator[Liar]:
    with liar("/tenant-7") as provider:
        yield provider


@pytest.fixture
def ready(otto: Visitor, world: World, provider: Liar) -> str:
    return added(otto, world, provider)


def known(app: Platform, acme: Site, provider: Liar) -> Visitor:
    """Connect alice's account to the provider; return a browser that isn't signed in."""
    person(acme, "alice")
    first = Visitor(app, acme.host)
    come_back(first, provider.allow(leave(first)))
    first.submit("/prove", password=PASSWORD)
    assert first.path == "/", first.text
    return Visitor(app, acme.host)


def hs_with_public_key(one: Liar, claims: dict[str, object]) -> str:
    """Sign with the public key's text as if it were a shared secret."""
    return _hmac({"alg": "HS256", "kid": "one", "typ": "JWT"}, claims, one.key.as_pem(private=False))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _hmac(header: dict[str, object], claims: dict[str, object], key: bytes) -> str:
    signed = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{signed}.{_b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def unsigned(alg: str) -> Any:
    return lambda _one, claims: (
        f"{_b64(json.dumps({'alg': alg, 'kid': 'one'}).encode())}.{_b64(json.dumps(claims).encode())}."
    )


def by_stranger(header: dict[str, object]) -> Any:
    """Sign with a key of one's own and say in the header where to find it."""
    stranger = RSAKey.generate_key(2048, {"kid": "evil"})

    def sign(one: Liar, claims: dict[str, object]) -> str:
        told = {
            "jku": f"{one.issuer}/evil-keys",
            "x5u": f"{one.issuer}/evil-keys",
            "jwk": stranger.as_dict(private=False),
        }
        wanted = {name: told.get(name, value) for name, value in header.items()}
        registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        return jws.serialize_compact(
            {"alg": "RS256", **wanted}, json.dumps(claims).encode(), stranger, registry=registry
        )

    return sign


def _raw(header: dict[str, object], claims: object, key: RSAKey) -> str:
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jws.serialize_compact({"alg": "RS256", **header}, json.dumps(claims).encode(), key, registry=registry)


def changed(one: Liar, claims: dict[str, Any]) -> str:
    """Sign, then say something else."""
    head, _body, signature = signed(one, claims).split(".")
    return f"{head}.{_b64(json.dumps({**claims, 'sub': 'root'}).encode())}.{signature}"


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "http://127.0.0.1:1/elsewhere"}},
    "an issuer that only begins alike": {"claims": {"iss": None}},
    "another audience": {"claims": {"aud": "someone-else"}},
    "an audience without us": {"claims": {"aud": ["a", "b"]}},
    "several audiences and no authorised party": {"claims": {"aud": ["portico", "other"]}},
    "several audiences and another authorised party": {"claims": {"aud": ["portico", "other"], "azp": "other"}},
    "another authorised party": {"claims": {"azp": "other"}},
    "no audience": {"claims": {"aud": None}},
    "another nonce": {"claims": {"nonce": "of-another-journey"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": NOW - 120}},
    "no expiry": {"claims": {"exp": None}},
    "an expiry that is text": {"claims": {"exp": "tomorrow"}},
    "not valid yet": {"claims": {"nbf": NOW + 3000}},
    "issued tomorrow": {"claims": {"iat": NOW + 86400, "exp": NOW + 90000}},
    "issued long ago": {"claims": {"iat": NOW - 86400}},
    "no time of issue": {"claims": {"iat": None}},
    "no subject": {"claims": {"sub": None}},
    "an empty subject": {"claims": {"sub": ""}},
    "a subject that is a list": {"claims": {"sub": ["sub-alice"]}},
    "a subject without end": {"claims": {"sub": "x" * 300}},
    "another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "unsigned": {"sign": unsigned("none")},
    "unsigned, spelled otherwise": {"sign": unsigned("nOnE")},
    "signed with the public key as a shared secret": {"sign": hs_with_public_key},
    "signed by a key of one's own": {"sign": by_stranger({"kid": "one"})},
    "a key named that climbs": {"sign": by_stranger({"kid": "../../../../dev/null"})},
    "a key named by a query": {"sign": by_stranger({"kid": "one' OR '1'='1"})},
    "a key that is said to stand elsewhere (jku)": {"sign": by_stranger({"kid": "one", "jku": ""})},
    "a key that is said to stand elsewhere (x5u)": {"sign": by_stranger({"kid": "one", "x5u": ""})},
    "a key that comes along (jwk)": {"sign": by_stranger({"kid": "one", "jwk": ""})},
    "a critical header": {
        "sign": lambda one, claims: _raw({"kid": "one", "crit": ["b64"], "b64": True}, claims, one.key)
    },
    "a changed signature": {"sign": lambda one, claims: signed(one, claims)[:-6] + "AAAAAA"},
    "changed claims": {"sign": changed},
    "two parts": {"sign": lambda _one, _claims: "a.b"},
    "encrypted": {"sign": lambda _one, _claims: "a.b.c.d.e"},
    "an endless token": {"sign": lambda one, claims: signed(one, {**claims, "pad": "x" * 20000})},
    "claims that are a list": {"sign": lambda one, claims: _raw({"kid": "one"}, [claims], one.key)},
}


def test_a_provider_that_lies_lets_nobody_in(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    known(app, acme, provider)
    for lie, changes in LIES.items():
        alice = Visitor(app, acme.host)
        there = leave(alice)
        with told(provider, changes):
            come_back(alice, provider.allow(there))
        assert alice.status == 422, lie
        assert "doesn&#39;t hold" in alice.text, lie
        assert alice.get("/account", follow=False).status == 303, lie
    assert not [path for path in provider.asked if "evil" in path]
    assert acts(acme).count("federation.refused") == len(LIES)
    tally.count("B38 OpenID Connect: answers that lie", len(LIES))


@contextmanager
def told(provider: Liar, changes: dict[str, Any]) -> Iterator[None]:
    """Let the provider lie for a while."""
    before = {name: getattr(provider, name) for name in changes}
    for name, value in changes.items():
        setattr(provider, name, value)
    yield
    for name, value in before.items():
        setattr(provider, name, value)


def test_the_same_provider_lets_somebody_in_when_it_tells_the_truth(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    known(app, acme, provider)
    ec, ed = other_key("EC"), other_key("OKP")
    provider.others = [ec, ed]
    truths: list[dict[str, Any]] = [
        {},
        {"claims": {"aud": ["portico", "other"], "azp": "portico"}},
        {"claims": {"at_hash": _b64(hashlib.sha256(b"opaque").digest()[:16])}},
        {"sign": lambda _one, claims: jwt.encode({"alg": "ES256", "kid": "ec"}, claims, ec)},
        {"sign": lambda _one, claims: jwt.encode({"alg": "Ed25519", "kid": "ed"}, claims, ed, algorithms=["Ed25519"])},
    ]
    with tenant_session(acme.id) as session:  # the new keys are found by their ids
        session.scalars(select(IdentityProvider)).one().keys_at = None
    for changes in truths:
        alice = Visitor(app, acme.host)
        there = leave(alice, goal="/account")
        with told(provider, changes):
            come_back(alice, provider.allow(there))
        assert alice.path == "/account", alice.text


def test_a_way_back_is_used_once_by_the_browser_that_left(
    app: Platform, acme: Site, zeta: Site, provider: Liar, ready: str
) -> None:
    alice, mallory = known(app, acme, provider), Visitor(app, acme.host)
    back = provider.allow(leave(alice, goal="/account"))
    leave(mallory)
    assert come_back(mallory, back).status == 422
    assert "began in another browser" in mallory.text
    assert come_back(alice, back).path == "/account"
    assert come_back(alice, back).status == 422
    there = leave(alice, goal="/account")
    first, second = provider.allow(there), provider.allow(there)  # one journey, two codes
    assert come_back(alice, first).path == "/account"
    assert "was finished" in come_back(alice, second).text
    code = parse_qs(urlsplit(back).query)["code"][0]
    there = leave(alice)
    state = parse_qs(urlsplit(there).query)["state"][0]
    replayed = f"http://{acme.host}/sign-in/acme-id/return?code={code}&state={state}"
    assert "invalid_grant" in come_back(alice, replayed).text
    for query in ("", "?state=", "?code=x", "?state=%00&code=%ff", f"?state={state}&code=x"):
        assert alice.get(f"/sign-in/acme-id/return{query}").status in (422, 404), query
    assert Visitor(app, zeta.host).get("/sign-in/acme-id").status == 404


def test_a_journey_ends_after_ten_minutes(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    alice = known(app, acme, provider)
    back = provider.allow(leave(alice))
    with tenant_session(acme.id) as session:
        for journey in session.scalars(select(Journey)):
            journey.expires_at -= rules.JOURNEY
    assert come_back(alice, back).status == 422


def test_an_answer_of_another_provider_is_refused(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    alice = known(app, acme, provider)
    assert come_back(alice, provider.allow(leave(alice), iss="http://127.0.0.1:1/other")).status == 422
    assert come_back(alice, provider.allow(leave(alice, goal="/account"), iss=provider.issuer)).path == "/account"


def test_what_a_provider_says_is_told_with_what_to_do(app: Platform, acme: Site, provider: Liar, ready: str) -> None:
    alice = known(app, acme, provider)
    come_back(alice, provider.allow(leave(alice), code="", error="access_denied"))
    assert "Acme ID didn&#39;t let you in. Try again, or use your password." in alice.text
    said = {"error": "server_error", "error_description": "<b>down</b> for repair"}
    come_back(alice, provider.allow(leave(alice), code="", **said))
    assert "Acme ID says: “server_error &lt;b&gt;down&lt;/b&gt; for repair”" in alice.text
    there = leave(alice)
    back = provider.allow(there)
    with tenant_session(acme.id) as session:
        one = session.scalars(select(IdentityProvider)).one()
        one.document = {**one.document, "token_endpoint": "http://127.0.0.1:1/token"}
    assert "can&#39;t be asked right now" in come_back(alice, back).text


def test_an_address_that_only_the_provider_claims_opens_nobodys_account(
    app: Platform, acme: Site, otto: Visitor, provider: Liar, ready: str
) -> None:
    person(acme, "alice")
    provider.subject = "somebody-else"
    mallory = Visitor(app, acme.host)
    come_back(mallory, provider.allow(leave(mallory)))
    assert "You have an account here" in mallory.text
    assert mallory.get("/account", follow=False).status == 303
    assert linked(acme) == []


def test_a_password_alone_connects_nothing_where_a_second_factor_is_needed(
    app: Platform, acme: Site, provider: Liar, ready: str
) -> None:
    person(acme, "alice")
    tenancy.change_settings(acme.id, {"second_factor_roles": ["investor"]})
    alice = Visitor(app, acme.host)
    come_back(alice, provider.allow(leave(alice)))
    alice.submit("/prove", password=PASSWORD)
    assert linked(acme) == []
    assert alice.get("/portfolio", follow=False).status == 303
    # a provider that says it asked for a second factor itself is believed, once the identity is connected
    tenancy.change_settings(acme.id, {"second_factor_roles": []})
    come_back(alice, provider.allow(leave(alice)))
    alice.submit(alice.forms()[-1].action, password=PASSWORD)
    assert len(linked(acme)) == 1, alice.text
    tenancy.change_settings(acme.id, {"second_factor_roles": ["investor"]})
    for methods, enters in ((["pwd"], False), (["pwd", "mfa"], True)):
        visitor = Visitor(app, acme.host)
        with told(provider, {"claims": {"amr": methods}}):
            come_back(visitor, provider.allow(leave(visitor, goal="/account")))
        assert (visitor.path == "/account") == enters, methods


def test_an_account_is_opened_where_the_site_wants_it_and_the_address_is_confirmed(
    app: Platform, acme: Site, otto: Visitor, world: World, provider: Liar
) -> None:
    path = added(otto, world, provider)
    provider.claims = {"email": "nora@example.org", "name": "Nora Neu"}
    nora = Visitor(app, acme.host)
    come_back(nora, provider.allow(leave(nora)))
    assert "nobody here has the address nora@example.org" in nora.text
    otto.get(path).submit(path, opens_accounts="y")
    with told(provider, {"claims": {**provider.claims, "email_verified": False}}):
        come_back(nora, provider.allow(leave(nora)))
    assert "hasn’t confirmed" in nora.text
    come_back(nora, provider.allow(leave(nora, goal="/account")))
    nora.submit("/open", country="NL", terms=None)
    assert nora.status == 422
    nora.submit("/open", country="NL", terms="y")
    assert nora.path == "/account"
    assert "nora@example.org" in nora.text
    # without a password the connection is the only way in
    one = linked(acme)[0].id
    assert nora.get("/account/connections").submit(f"/{one}/remove").status == 409


def test_roles_follow_the_claim_and_never_reach_beyond(
    app: Platform, acme: Site, otto: Visitor, world: World, provider: Liar
) -> None:
    mapping = "Desk = issuer\nboard = tenant_admin"
    path = added(otto, world, provider, role_claim="realm.groups", role_map=mapping)
    known(app, acme, provider)
    alice = person_of(acme, "alice")

    def roles_after(*groups: str) -> set[str]:
        provider.claims = {"realm": {"groups": list(groups)}}
        visitor = Visitor(app, acme.host)
        come_back(visitor, provider.allow(leave(visitor)))
        with tenant_session(acme.id) as session:
            return {role.value for role in accounts.person(session, alice).roles}

    assert roles_after("Desk", "board", "super_admin") == {"investor", "issuer"}
    assert roles_after() == {"investor"}
    otto.get(path).submit(path, makes_admins="y")
    assert roles_after("board") == {"investor", "tenant_admin"}
    assert roles_after("else") == {"investor"}
    assert otto.get(path).submit(path, role_map="root = super_admin").status == 422


def test_somebody_signed_in_connects_and_disconnects(
    app: Platform, acme: Site, world: World, provider: Liar, ready: str
) -> None:
    person(acme, "bob")
    bob = signed_in(app, acme, "bob")
    assert "Acme ID" in bob.get("/account/connections").text
    come_back(bob, provider.allow(leave(bob)))
    assert "Connect your account" in bob.text
    assert linked(acme) == []
    bob.submit("/connect")
    assert bob.path == "/account/connections"
    world.settle()
    assert "A connection was added" in bob.get("/notifications").text
    bob.get("/account/connections")
    one = linked(acme)[0]
    bob.submit(f"/{one.id}/sign-out")
    assert bob.path == "/sign-in/leaving"
    assert f"{provider.issuer}/out?id_token_hint=" in bob.text
    assert bob.get("/account", follow=False).status == 303
    come_back(bob, provider.allow(leave(bob, goal="/account/connections")))
    bob.submit(f"/{one.id}/remove")
    assert linked(acme) == []
    assert acts(acme).count("identity.unlinked") == 1


def test_the_secret_is_sealed_and_shown_nowhere(
    app: Platform, acme: Site, otto: Visitor, provider: Liar, ready: str, settings: Settings
) -> None:
    with tenant_session(acme.id) as session:
        kept = session.scalars(select(IdentityProvider)).one()
        entries = str([(entry.before, entry.after) for entry in session.scalars(select(AuditEntry))])
    assert provider.secret.encode() not in kept.client_secret
    assert provider.secret not in otto.get(ready).text
    assert provider.secret not in entries
    purpose = {"purpose": "federation.secret", "row_id": kept.id}
    opened = sealed.unseal(settings.secret_key, kept.client_secret, tenant_id=acme.id, **purpose)
    assert opened.decode() == provider.secret
    with pytest.raises(sealed.Unsealable):
        sealed.unseal(settings.secret_key, kept.client_secret, tenant_id=ids.new(), **purpose)


def test_a_provider_is_offered_only_after_it_has_answered_well(
    app: Platform, acme: Site, otto: Visitor, world: World, provider: Liar
) -> None:
    for said, words in (
        ({"issuer": "http://127.0.0.1/other"}, "calls itself http://127.0.0.1/other"),
        ({"token_endpoint": None}, "lacks token_endpoint"),
        ({"issuer": "<script>alert(1)</script>"}, "calls itself &lt;script&gt;alert(1)"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "no algorithm"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"jwks_uri": "http://169.254.169.254/keys"}, "private network"),
    ):
        provider.document = said
        otto.get("/manage/sign-in/providers/new/other").submit(
            "/new/other", name="Acme ID", issuer=provider.issuer, client_id="portico"
        )
        path = otto.path
        world.settle()
        assert words in otto.get(path).text, said
        assert "Switch on" not in otto.text
        assert "Continue with" not in Visitor(app, acme.host).get("/login").text
        otto.submit("/remove")
    otto.get("/manage/sign-in/providers/new/google").submit("/new/google", name="Google", client_id="c")
    assert "accounts.google.com" in otto.get("/manage/sign-in").text
    otto.get("/manage/sign-in/providers/new/auth0").submit(
        "/new/auth0", name="A0", issuer="acme.eu.auth0.com", client_id="c"
    )
    assert "https://acme.eu.auth0.com/" in otto.text
    for issuer in ("http://10.0.0.1/", "javascript:alert(1)", "https://user@example.com", "file:///etc/passwd", "x"):
        otto.get("/manage/sign-in/providers/new/other").submit("/new/other", name="A", issuer=issuer, client_id="c")
        assert otto.status == 422, issuer


def person_of(site: Site, name: str) -> UUID:
    with tenant_session(site.id) as session:
        who = accounts.person_by_email(session, f"{name}@example.org")
        assert who is not None
        return who.id
