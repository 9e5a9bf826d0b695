"""Tokens at the JSON door: what they open, how they rotate and end, and every forged one that opens nothing."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey
from sqlalchemy import select, text

from app import registry
from app.api import openapi
from app.core import clock
from app.core.permissions import Actor, Role
from app.core.scopes import Scope
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.audit.models import AuditEntry
from app.modules.factors import service as factors
from app.modules.tokens import rules, service
from app.modules.tokens.models import ApiKey
from app.web import access, operations
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import acts
from tests.support import tally
from tests.support.http import Visitor
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program
from tests.support.work import World

ME = "/api/auth/me"


@dataclass
class Alice:
    """Alice of acme, signed in with a program."""

    site: Site
    actor: Actor
    program: Program

    def me(self, token: str) -> tuple[int, str]:
        answer = self.program.send("GET", ME, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, (answer.get_json() or {}).get("code", "")


@pytest.fixture
def alice(app: Platform, acme: Site) -> Alice:
    with tenant_session(acme.id) as session:
        actor = person(session, acme, "alice", now=clock.now(), signs_in=True)
    return Alice(acme, actor, Program(app, acme.host).sign_in("alice@example.com", PASSWORD))


def key_for(alice: Alice, *scopes: Scope, lasts: timedelta = timedelta(days=1)) -> tuple[ApiKey, str]:
    with tenant_session(alice.site.id) as session:
        now = clock.now()
        return service.make_key(
            session, actor=alice.actor, name="Ledger", scopes=scopes, expires_at=now + lasts, now=now
        )


def test_signing_in_gives_the_shape_that_programs_know(alice: Alice) -> None:
    body = {"email": "alice@example.com", "password": PASSWORD}
    answer = alice.program.send("POST", "/api/auth/login", json=body)
    said = answer.get_json()
    assert set(said) == {"token", "user", "refreshToken", "expiresIn"}
    assert said["user"] == {"id": str(alice.actor.user_id), "email": "alice@example.com", "role": "investor"}
    assert said["expiresIn"] <= 600
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in said["token"].split(".")[:2])
    assert (head["alg"], head["typ"]) == ("Ed25519", "at+jwt")
    assert claims["aud"] == claims["tid"] == str(alice.site.id)
    assert claims["exp"] - claims["iat"] <= 600
    assert {"iss", "sub", "jti", "nbf", "scope"} <= set(claims)


def test_a_refresh_token_is_good_once_and_the_second_use_ends_the_family(alice: Alice) -> None:
    first = alice.program.known["refreshToken"]
    renewed = alice.program.ask("POST", "/api/auth/refresh", {"refreshToken": first})
    assert alice.me(renewed["token"])[0] == 200
    again = alice.program.ask("POST", "/api/auth/refresh", {"refreshToken": first}, well=False)
    assert again["code"] == "refresh-invalid"
    assert alice.me(renewed["token"]) == (401, "token-invalid")
    late = alice.program.ask("POST", "/api/auth/refresh", {"refreshToken": renewed["refreshToken"]}, well=False)
    assert late["code"] == "refresh-invalid"
    with tenant_session(alice.site.id) as session:
        noted = session.execute(text("select count(*) from app.audit_entries where action = 'token.reused'")).scalar()
    assert noted == 1


def test_no_token_and_no_key_stands_in_the_database(alice: Alice) -> None:
    _record, whole = key_for(alice, Scope.READ)
    refresh = alice.program.known["refreshToken"]
    with tenant_session(alice.site.id) as session:
        for table in ("token_families", "refresh_tokens", "api_keys", "audit_entries", "idempotency_claims"):
            rows = str(session.execute(text(f"select row_to_json(t)::text from app.{table} t")).scalars().all())
            for secret in (whole, whole.rpartition("_")[2], refresh, refresh[3:], alice.program.token):
                assert secret not in rows, table


def test_a_token_of_one_tenant_is_nothing_at_another(app: Platform, alice: Alice, zeta: Site) -> None:
    _record, whole = key_for(alice, Scope.READ)
    elsewhere = Program(app, zeta.host)
    for token in (alice.program.token, whole):
        answer = elsewhere.send("GET", ME, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.get_json()["code"]) == (401, "token-invalid")
        assert elsewhere.send("GET", "/api/deals", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    answer = elsewhere.send("POST", "/api/auth/refresh", json={"refreshToken": alice.program.known["refreshToken"]})
    assert answer.status_code == 401
    assert acts(zeta) == ["token.foreign"], "recorded once a minute, with the site it was made for"


def test_a_key_of_one_tenant_shown_at_another_is_recorded_there(
    app: Platform, alice: Alice, acme: Site, zeta: Site
) -> None:
    _record, whole = key_for(alice, Scope.READ)
    elsewhere = Program(app, zeta.host)
    for _try in range(3):
        for method, path in (("GET", ME), ("GET", "/api/deals"), ("POST", "/api/profile/profiles")):
            answer = elsewhere.send(method, path, headers={"Authorization": f"Bearer {whole}"}, json={})
            assert (answer.status_code, answer.get_json()["code"]) == (401, "token-invalid")
    assert acts(zeta) == ["token.foreign"]
    assert "token.foreign" not in acts(alice.site)
    with tenant_session(zeta.id) as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.subject_id, entry.actor_id) == (rules.mark_of(alice.site.id), None)
    secret = whole.rpartition("_")[2]
    assert secret not in str([entry.before, entry.after, entry.subject_id])
    # a key that was never made here says nothing of another site
    for unknown in ("pk_aaaaaaaaaa_" + "a" * 43, f"pk_{rules.mark_of(acme.id)}aaaaaaaa_" + "a" * 43):
        assert (
            Program(app, acme.host).send("GET", ME, headers={"Authorization": f"Bearer {unknown}"}).status_code == 401
        )
    assert "token.foreign" not in acts(acme)


def test_keys_of_before_sites_had_marks_still_open(app: Platform, alice: Alice) -> None:
    record, _whole = key_for(alice, Scope.READ)
    older = "pk_abcdefghij_" + "k" * 43
    with tenant_session(alice.site.id) as session:
        kept = session.get_one(ApiKey, (alice.site.id, record.id))
        kept.prefix, kept.secret_hash = "abcdefghij", rules.digest(older)
    answer = Program(app, alice.site.host).send("GET", ME, headers={"Authorization": f"Bearer {older}"})
    assert answer.status_code == 200


def test_a_suspended_person_is_refused_at_once_and_stays_signed_out(alice: Alice, world: World) -> None:
    _record, whole = key_for(alice, Scope.READ)
    otto = Actor(alice.site.id, ids.new(), frozenset({Role.TENANT_ADMIN}), "Otto")
    with tenant_session(alice.site.id) as session:
        accounts.suspend(session, actor=otto, user_id=alice.actor.require_id(), reason="test", now=clock.now())
    assert alice.me(alice.program.token) == alice.me(whole) == (401, "token-invalid")
    world.settle()
    with tenant_session(alice.site.id) as session:
        accounts.reactivate(session, actor=otto, user_id=alice.actor.require_id(), now=clock.now())
    assert alice.me(alice.program.token) == (401, "token-invalid")


def test_a_role_that_was_taken_counts_at_once(alice: Alice) -> None:
    with tenant_session(alice.site.id) as session:
        otto = Actor(alice.site.id, ids.new(), frozenset({Role.TENANT_ADMIN}), "Otto")
        accounts.revoke(session, actor=otto, user_id=alice.actor.require_id(), role=Role.INVESTOR, now=clock.now())
    body = {"amount": "1", "walletAddress": "0x" + "1" * 40}
    path, key = f"/api/deals/{ids.new()}/invest", {"Idempotency-Key": "12345678"}
    assert alice.program.send("POST", path, json=body, headers=key).status_code == 403


def test_a_new_password_ends_programs(alice: Alice, world: World) -> None:
    body = {"current": PASSWORD, "password": "nine quiet boats at dawn"}
    alice.program.ask("POST", "/api/profile/password", body)
    world.settle()
    assert alice.me(alice.program.token) == (401, "token-invalid")


def test_a_key_does_what_its_scopes_allow_and_nothing_else(alice: Alice) -> None:
    _record, whole = key_for(alice, Scope.READ)
    alice.program.token = whole
    assert alice.program.ask("GET", ME)["scopes"] == ["read"]
    said = alice.program.ask("PATCH", "/api/profile/settings", {"name": "Mallory"}, well=False)
    assert said["code"] == "scope-missing"
    said = alice.program.ask("POST", "/api/profile/password", well=False)
    assert said["code"] == "scope-missing"


PERSONAL = {"/api/profile/personal", "/api/profile/profiles/{profile_id}"}  # tax numbers are no key's that only reads


def test_every_operation_behind_a_right_has_a_scope(app: Platform, acme: Site) -> None:
    for method, path, rule in openapi.doors(app, app.sites, None):
        view = app.view_functions[rule.endpoint]
        declared, entered = operations.of(view), access.of(view)
        if path.startswith("/api/webhooks/"):
            continue
        assert declared is not None, path
        free = entered == access.Access() or bool(entered and entered.bare) or path == "/api/auth/logout"
        assert free or declared.scope is not None, path
        reads = {Scope.READ, Scope.OFFICE_READ, Scope.CONSOLE, *([Scope.PROFILE] if path in PERSONAL else [])}
        assert free or (method == "GET") <= (declared.scope in reads), path
        assert free or (method != "GET") <= (declared.scope not in {Scope.READ, Scope.OFFICE_READ}), path


def test_a_key_never_gets_the_scope_that_changes_keys(alice: Alice) -> None:
    record, _whole = key_for(alice, Scope.READ, Scope.ACCOUNT)
    assert record.scopes == ["read"]


def test_a_revoked_and_an_expired_key_open_nothing(alice: Alice) -> None:
    record, whole = key_for(alice, Scope.READ)
    _short, expired = key_for(alice, Scope.READ, lasts=timedelta(seconds=-1))
    assert alice.me(whole)[0] == 200
    assert alice.me(expired) == (401, "token-invalid")
    alice.program.ask("DELETE", "/api/profile/keys/{key_id}", key_id=record.id)
    assert alice.me(whole) == (401, "token-invalid")
    assert alice.me(whole[:-1] + ("A" if whole[-1] != "A" else "B")) == (401, "token-invalid")


def test_nobody_revokes_anothers_key(app: Platform, alice: Alice) -> None:
    record, whole = key_for(alice, Scope.READ)
    with tenant_session(alice.site.id) as session:
        person(session, alice.site, "ada", now=clock.now(), signs_in=True)
    ada = Program(app, alice.site.host).sign_in("ada@example.com", PASSWORD)
    assert ada.ask("DELETE", "/api/profile/keys/{key_id}", key_id=record.id, well=False)["code"] == "unknown-key"
    assert alice.me(whole)[0] == 200


def test_the_last_use_of_a_key_is_known(alice: Alice) -> None:
    record, whole = key_for(alice, Scope.READ)
    alice.me(whole)
    with tenant_session(alice.site.id) as session:
        used = session.scalars(select(ApiKey.last_used_at).where(ApiKey.id == record.id)).one()
    assert used is not None


def test_a_cookie_opens_nothing_at_the_json_door(app: Platform, alice: Alice) -> None:
    with tenant_session(alice.site.id) as session:
        opened = accounts.open_session(session, user_id=alice.actor.require_id(), remote="127.0.0.1", now=clock.now())[
            0
        ]
    browser = Visitor(app, alice.site.host)
    browser.client.set_cookie(accounts.cookie_name(secure=False), opened, domain=alice.site.host)
    assert browser.get("/account").status == 200
    assert browser.get(ME).status == 401
    assert (
        browser.client.patch("/api/profile/settings", json={}, base_url=f"http://{alice.site.host}").status_code == 401
    )
    answer = browser.get(ME, headers={"Authorization": f"Bearer {opened}"})
    assert answer.status == 401, "a browser's session is no token"


def test_the_second_factor_is_asked_for(app: Platform, alice: Alice) -> None:
    with tenant_session(alice.site.id) as session:
        codes = factors.new_codes(session, user_id=alice.actor.require_id(), now=clock.now())
        secret = factors.begin_totp(
            session, user_id=alice.actor.require_id(), secret_key=app.portico.secret_key, now=clock.now()
        )
        code = pyotp.TOTP(secret).now()
        factors.confirm_totp(
            session,
            user_id=alice.actor.require_id(),
            code=code,
            secret_key=app.portico.secret_key,
            now=clock.now(),
        )
    body = {"email": "alice@example.com", "password": PASSWORD}
    asked = Program(app, alice.site.host)
    said = asked.ask("POST", "/api/auth/login", body, well=False)
    assert (said["code"], said["parameter"], said["status"]) == ("second-factor-needed", "code", 401)
    assert asked.ask("POST", "/api/auth/login", {**body, "code": "000000"}, well=False)["code"] == "wrong-code"
    assert asked.ask("POST", "/api/auth/login", {**body, "code": codes[0]})["token"]
    assert asked.ask("POST", "/api/auth/login", {**body, "code": codes[0]}, well=False)["code"] == "wrong-code"


def test_who_must_have_a_second_factor_sets_it_up_on_the_site(app: Platform, acme: Site) -> None:
    with tenant_session(acme.id) as session:
        person(session, acme, "otto", now=clock.now(), role=Role.TENANT_ADMIN, signs_in=True)
    tenancy.change_settings(acme.id, {"second_factor_roles": ["tenant_admin"]})
    said = Program(app, acme.host).ask(
        "POST", "/api/auth/login", {"email": "otto@example.com", "password": PASSWORD}, well=False
    )
    assert said["code"] == "second-factor-not-set-up"
    tenancy.change_settings(acme.id, {"second_factor_roles": []})
    Program(app, acme.host).ask("POST", "/api/auth/login", {"email": "otto@example.com", "password": PASSWORD})


def test_a_new_signing_key_signs_nobody_out_and_the_old_one_fades(app: Platform, alice: Alice) -> None:
    before, now = alice.program.token, clock.now()
    kid = service.rotate(app.portico.home, now)
    assert alice.me(before)[0] == 200
    after = alice.program.ask("POST", "/api/auth/refresh")["token"]
    assert rules.kid_of(after) == kid != rules.kid_of(before)
    keys = service.ring(app.portico.home)
    assert keys.verifying(rules.kid_of(before), now + timedelta(minutes=5)) is not None
    assert keys.verifying(rules.kid_of(before), now + timedelta(minutes=11)) is None
    file = app.portico.home / "secrets" / "token-keys.json"
    assert file.stat().st_mode & 0o077 == 0


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(alice: Alice, app: Platform) -> Iterator[tuple[str, str]]:
    """Yield tokens that open nothing, each with what is wrong with it."""
    ring = service.ring(app.portico.home)
    kid, key = ring.current, ring.keys[ring.current]
    good = alice.program.token
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in good.split(".")[:2])
    signature, now = good.split(".")[2], int(clock.now().timestamp())

    def signed(head_: dict[str, Any], claims_: dict[str, Any], with_: Any = key) -> str:
        """Sign anything: what the library refuses to write is put together by hand."""
        text_ = f"{b64(head_)}.{b64(claims_)}"
        private = Ed25519PrivateKey.from_private_bytes(
            base64.urlsafe_b64decode(with_.as_dict(private=True)["d"] + "==")
        )
        return f"{text_}.{b64(private.sign(text_.encode()))}"

    assert alice.me(signed(head, claims))[0] == 200, "the forge writes what the real one does"
    for alg in ("none", "None", "NONE", "nOnE", ""):
        yield f"algorithm {alg!r}", f"{b64({**head, 'alg': alg})}.{b64(claims)}."
        yield f"algorithm {alg!r} with a signature", f"{b64({**head, 'alg': alg})}.{b64(claims)}.{signature}"
    public = json.dumps(key.as_dict(private=False)).encode()
    for secret in (
        public,
        base64.urlsafe_b64decode(key.as_dict()["x"] + "=="),
        b"secret" * 8,
        app.portico.secret_key.encode(),
    ):
        oct_key = OctKey.import_key(secret)
        for alg in ("HS256", "HS384", "HS512"):
            yield f"{alg} with what is public", jwt.encode({**head, "alg": alg}, claims, oct_key, algorithms=[alg])
    rsa = RSAKey.generate_key(2048)
    for alg in ("RS256", "PS256"):
        yield alg, jwt.encode({**head, "alg": alg}, claims, rsa, algorithms=[alg])
    stranger = OKPKey.generate_key("Ed25519")
    yield "another key", signed(head, claims, stranger)
    for name in ("EdDSA", "ES256", "ed25519", "ED25519", "Ed448"):
        yield f"the algorithm called {name}", signed({**head, "alg": name}, claims)
    for other in (
        "../../../../etc/passwd",
        "/dev/null",
        "",
        kid + "\x00",
        "' or 1=1 --",
        "../" + kid,
        kid.upper(),
        "a" * 5000,
    ):
        yield f"kid {other[:20]!r}", signed({**head, "kid": other}, claims, stranger)
        yield f"kid {other[:20]!r} by the right key", signed({**head, "kid": other}, claims)
    for odd in (None, 1, [kid], {"a": kid}, True):
        yield f"kid {odd!r}", signed({**head, "kid": odd}, claims)
    own = {"jwk": stranger.as_dict(private=False)}
    extras: tuple[dict[str, Any], ...] = (
        own, {"jku": "https://evil.example/jwks.json"}, {"x5u": "https://evil.example/c.pem"},
        {"x5c": ["MIIB"]}, {"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"zip": "DEF"}, {"cty": "JWT"},
    )  # fmt: skip
    for extra in extras:
        yield f"a header with {sorted(extra)}", signed({**head, **extra}, claims, stranger)
        yield f"a header with {sorted(extra)} by the right key", signed({**head, **extra}, claims)
    for typ in ("JWT", "jwt", "at+JWT", "refresh+jwt", None):
        yield f"type {typ}", signed({**head, "typ": typ}, claims)
    yield from ((what, signed(head, changed)) for what, changed in _claims(claims, now))
    for cut in (
        good[:-4],
        good + "A",
        good.replace(".", "", 1),
        good + ".",
        "." + good,
        "..",
        ".",
        good[:20],
        good + "=" * 5000,
    ):
        yield "a cut or stretched token", cut
    yield "a changed payload", f"{b64(head)}.{b64({**claims, 'sub': str(ids.new())})}.{signature}"
    yield "no signature", f"{b64(head)}.{b64(claims)}."
    yield "an oversized token", signed(head, {**claims, "pad": "x" * 9000})
    yield "JSON that isn't an object", f"{b64([1])}.{b64(claims)}.{signature}"
    yield "nested JSON", f"{b64(('[' * 3000).encode())}.{b64(claims)}.{signature}"


def _claims(claims: dict[str, Any], now: int) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "expired", {**claims, "iat": now - 700, "nbf": now - 700, "exp": now - 100}
    yield "just expired", {**claims, "iat": now - 600, "nbf": now - 600, "exp": now - 1}
    yield "not yet valid", {**claims, "nbf": now + 300}
    yield "valid for too long", {**claims, "exp": now + 86_400}
    for name in ("exp", "iat", "nbf", "aud", "tid", "iss", "sub", "sid", "scope"):
        yield f"without {name}", {key: value for key, value in claims.items() if key != name}
    for name in ("exp", "nbf", "iat"):
        for odd in ("9999999999", 1e400, -1, None, [now + 300], True, 10**30, float("nan")):
            yield f"{name} is {odd!r}", {**claims, name: odd}
    for name in ("aud", "tid"):
        for odd in (str(ids.new()), "*", "", None, [claims["aud"]], [claims["aud"], str(ids.new())], {"a": 1}):
            yield f"{name} is {odd!r}", {**claims, name: odd}
    for odd in ("https://evil.example", "", None, ["portico"]):
        yield f"iss is {odd!r}", {**claims, "iss": odd}
    for name in ("sub", "sid"):
        for odd in (str(ids.new()), "", "1", None, [claims[name]], "' or 1=1 --", str(UUID(int=0))):
            yield f"{name} is {odd!r}", {**claims, name: odd}


def test_no_forged_token_opens_anything(app: Platform, alice: Alice) -> None:
    app.portico = replace(app.portico, limit_public=100_000)
    try:
        answers = [(what, *alice.me(token)) for what, token in forged(alice, app)]
        tally.count("B38 tokens: forged ones refused", len(answers))
        assert [each for each in answers if each[1:] != (401, "token-invalid")] == []
    finally:
        app.portico = replace(app.portico, limit_public=100)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "bearer  ", "Token x", "Bearer a b c"])
def test_a_header_that_carries_no_token_is_refused_or_a_visitors(alice: Alice, header: str) -> None:
    answer = alice.program.send("GET", ME, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_registry_says_who_reads_bearer_tokens(app: Platform) -> None:
    listed: list[Callable[..., Any]] = [each for module in registry.MODULES for each in module.bearers]
    assert list(app.bearers) == listed
    assert service.recognise in listed
    with app.app_context():
        assert current_app.bearers is app.bearers
