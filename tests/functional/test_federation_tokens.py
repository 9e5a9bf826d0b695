"""Tokens of other issuers at the JSON door: whose they are, and every way in which they aren't taken."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import update

from app import wiring
from app.config import Settings
from app.core.permissions import Role
from app.integrations.egress.live import LiveEgress
from app.integrations.oidc import client as oidc
from app.lifecycle import Platform
from app.modules.accounts.models import User
from app.modules.federation.models import JwtIssuer
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import person, signed_in
from tests.support import tally
from tests.support.http import Visitor
from tests.support.oidc import Liar, liar
from tests.support.work import World

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    WEAK = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig"})
ISSUER = "https://tokens.example.com"


@pytest.fixture(autouse=True)
def here(app: Platform) -> Iterator[None]:
    """Let key sets be on this machine."""
    oidc.connect(LiveEgress(plain=True, loopback=True))
    yield
    oidc.connect(LiveEgress())


@pytest.fixture
def otto(app: Platform, acme: Site) -> Visitor:
    person(acme, "otto", Role.TENANT_ADMIN, Role.INVESTOR)
    person(acme, "alice", Role.INVESTOR, Role.ISSUER)
    return signed_in(app, acme, "otto")


def key_set(*keys: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def added(otto: Visitor, **typed: object) -> str:
    """Add the issuer with pasted keys and switch it on; return its page's path."""
    values = {"name": "Desk", "issuer": ISSUER, "audience": "acme-api", "keys_text": key_set(KEY, EC, WEAK), **typed}
    otto.get("/manage/sign-in/issuers/new").submit("/issuers/new", **values)
    assert otto.status == 200, otto.text
    path = otto.path
    assert otto.submit("/on").status == 200
    return path


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    every: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "acme-api",
        "sub": "machine-7",
        "exp": now + 300,
        "iat": now,
        "email": "alice@example.org",
        "email_verified": True,
        **changes,
    }
    return {name: value for name, value in every.items() if value is not None}


def token(key: Any = KEY, /, header: dict[str, Any] | None = None, **changes: object) -> str:
    head = {"alg": "RS256", "kid": "one", **(header or {})}
    registry = jws.JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
    return jws.serialize_compact(head, json.dumps(claims(**changes)).encode(), key, registry=registry)


def asked(app: Platform, site: Site, bearer: str, path: str = "/api/auth/me") -> tuple[int, dict[str, Any]]:
    page = Visitor(app, site.host).get(path, headers={"Authorization": f"Bearer {bearer}"}).page
    return page.status_code, dict(page.get_json())


def roles_of(app: Platform, site: Site, bearer: str) -> int:
    """Return how the issuer's list answers: 200 only for people who issue deals."""
    return asked(app, site, bearer, "/api/issuer/deals")[0]


def test_a_token_stands_for_the_person_whose_address_it_has(app: Platform, acme: Site, otto: Visitor) -> None:
    added(otto)
    for bearer in (token(), token(EC, {"alg": "ES256", "kid": "two"}), token(aud=["other", "acme-api"])):
        status, said = asked(app, acme, bearer)
        assert status == 200, said
        assert "alice@example.org" in json.dumps(said)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def by_hand(header: dict[str, Any], key: bytes | None = None) -> str:
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{signed}.{b64(hmac.new(key, signed.encode(), hashlib.sha256).digest()) if key else ''}"


def corpus(elsewhere: str) -> dict[str, str]:
    """Return tokens none of which is to be taken."""
    now, stranger = int(time.time()), RSAKey.generate_key(2048, {"kid": "one"})
    public = stranger.as_dict(private=False)
    pem = KEY.as_pem(private=False)
    return {
        "unsigned": by_hand({"alg": "none"}),
        "unsigned, in capitals": by_hand({"alg": "NONE", "kid": "one"}),
        "a shared secret made of the public key (PEM)": by_hand({"alg": "HS256", "kid": "one"}, pem),
        "a shared secret made of the public key (JSON)": by_hand(
            {"alg": "HS256", "kid": "one"}, json.dumps(KEY.as_dict(private=False)).encode()
        ),
        "an empty shared secret": by_hand({"alg": "HS256", "kid": "one"}, b"\0"),
        "a stranger's key": token(stranger),
        "a stranger's key that comes along": token(stranger, {"jwk": public}),
        "a stranger's key elsewhere (jku)": token(stranger, {"jku": f"{elsewhere}/evil"}),
        "a stranger's key elsewhere (x5u)": token(stranger, {"x5u": f"{elsewhere}/evil"}),
        "a stranger's certificate": token(stranger, {"x5c": ["MIIB"]}),
        "a key name that climbs": token(stranger, {"kid": "../../../../dev/null"}),
        "a key name that asks the database": token(stranger, {"kid": "x' UNION SELECT 'k"}),
        "no key name among several": token(KEY, {"kid": "three"}),
        "another algorithm's key": token(KEY, {"kid": "two"}),
        "a weak key": token(WEAK, {"kid": "weak"}),
        "a critical header": token(KEY, {"crit": ["kid"]}),
        "another issuer": token(iss="https://else.example.com"),
        "another audience": token(aud="zeta-api"),
        "no audience": token(aud=None),
        "expired": token(exp=now - 120),
        "no end": token(exp=None),
        "an end that is text": token(exp="2099"),
        "an end that is true": token(exp=True),
        "an end beyond counting": token(exp=1e308),
        "not yet": token(nbf=now + 3600),
        "issued tomorrow": token(iat=now + 86400),
        "an identity token": token(nonce="n"),
        "no subject": token(sub=None),
        "an address that isn't confirmed": token(email_verified=False),
        "an address that says nothing of it": token(email_verified=None),
        "no address": token(email=None),
        "somebody unknown": token(email="nobody@example.org"),
        "an address that is a list": token(email=["alice@example.org"]),
        "oversized": token(pad="x" * 20000),
        "a changed signature": token()[:-8] + "AAAAAAAA",
        "a cut signature": token().rpartition(".")[0] + ".",
        "four parts": token() + ".x",
        "claims that are a number": ".".join([token().split(".")[0], b64(b"7"), token().split(".")[2]]),
    }  # fmt: skip


def test_no_token_of_the_corpus_is_taken(app: Platform, acme: Site, zeta: Site, otto: Visitor) -> None:
    added(otto)
    with liar() as elsewhere:
        lies = corpus(elsewhere.issuer)
        for lie, bearer in lies.items():
            status, said = asked(app, acme, bearer)
            assert (status, said["code"]) == (401, "token-invalid"), lie
        assert elsewhere.asked == []
    assert asked(app, zeta, token())[0] == 401  # another tenant knows no such issuer
    tally.count("B38 tokens of other issuers: refused", len(lies) + 1)


def test_roles_are_never_more_than_the_person_has(app: Platform, acme: Site, otto: Visitor) -> None:
    path = added(otto)
    assert roles_of(app, acme, token()) == 200
    admin = token(email="otto@example.org")
    assert asked(app, acme, admin, "/api/admin/users")[0] == 403
    otto.get(path).submit(path, makes_admins="y")
    assert asked(app, acme, admin, "/api/admin/users")[0] == 200
    otto.get(path).submit(path, role_claim="groups", role_map="desk = issuer\nfloor = tenant_admin")
    assert roles_of(app, acme, token()) == 403
    assert roles_of(app, acme, token(groups=["desk"])) == 200
    assert asked(app, acme, token(groups=["floor"]), "/api/admin/users")[0] == 403  # alice administers nothing


def test_whoever_is_gone_here_is_gone_for_tokens(app: Platform, acme: Site, otto: Visitor) -> None:
    path = added(otto)
    with tenant_session(acme.id) as session:
        session.execute(update(User).where(User.email == "alice@example.org").values(status="suspended"))
    assert asked(app, acme, token())[0] == 401
    assert asked(app, acme, token(email="otto@example.org"))[0] == 200
    otto.get(path).submit("/off")
    assert asked(app, acme, token(email="otto@example.org"))[0] == 401


def test_published_keys_are_fetched_by_the_worker_and_again_when_they_change(
    app: Platform, acme: Site, otto: Visitor, settings: Settings
) -> None:
    world = World(settings, replace(wiring.ports(settings), egress=LiveEgress(plain=True, loopback=True)))
    with liar() as provider:
        url = f"{provider.issuer}/keys"
        otto.get("/manage/sign-in/issuers/new").submit(
            "/issuers/new", name="Desk", issuer=ISSUER, audience="acme-api", keys_url=url
        )
        path = otto.path
        assert "once its keys are known" in otto.text
        world.settle()
        otto.get(path).submit("/on")
        assert asked(app, acme, signed_by(provider))[0] == 200
        provider.key = RSAKey.generate_key(2048, {"kid": "fresh", "use": "sig"})
        asked_before = len(provider.asked)
        assert asked(app, acme, signed_by(provider))[0] == 401
        world.settle()
        assert len(provider.asked) == asked_before  # keys that are new aren't looked at again at once
        with tenant_session(acme.id) as session:
            session.execute(update(JwtIssuer).values(keys_at=None))
        assert asked(app, acme, signed_by(provider))[0] == 401
        world.settle()
        assert asked(app, acme, signed_by(provider))[0] == 200


def signed_by(provider: Liar) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims(), provider.key)


def test_what_isnt_a_set_of_public_keys_isnt_kept(app: Platform, acme: Site, otto: Visitor) -> None:
    private = json.dumps({"keys": [KEY.as_dict(private=True)]})
    path = added(otto, keys_text=private)
    assert '"d"' not in otto.get(path).text
    assert "&#34;d&#34;" not in otto.text
    for text in ("", "{}", "[]", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "AAAA"}]}', key_set(WEAK), "{" * 9000):
        otto.get("/manage/sign-in/issuers/new").submit(
            "/issuers/new", name="X", issuer="https://x.example", audience="a", keys_text=text
        )
        assert otto.status == 422, text[:40]
