"""Second factors as people meet them: apps, recovery codes, passkeys, and being asked once more (battery B38)."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, text, update

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts.models import Attempt, UserSession
from app.modules.factors.models import Passkey, TotpSecret
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import OTHER, PASSWORD, acts, events, link, person, signed_in
from tests.support import tally
from tests.support.http import Visitor
from tests.support.softkey import PRESENT, SoftKey
from tests.support.work import World


def counted(what: str) -> None:
    tally.count(f"B38 authentication: {what}")


def secret_on(visitor: Visitor) -> str:
    """Return the key that the page shows for an app."""
    found = re.search(r'ltr num strong">([A-Z2-7 ]{30,50})<', visitor.text)
    assert found, visitor.text
    return found[1].replace(" ", "")


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


def codes_on(visitor: Visitor) -> list[str]:
    return re.findall(r"<code>([0-9A-Z-]{29})</code>", visitor.text)


def forget_steps(site: Site) -> None:
    """Let the test use the app's codes of this half minute once more."""
    with tenant_session(site.id) as session:
        session.execute(update(TotpSecret).values(last_step=0))


def with_app(app: Platform, site: Site, name: str) -> tuple[Visitor, str, list[str]]:
    """Return somebody who is signed in and has set up an app, its key, and the recovery codes."""
    visitor = signed_in(app, site, name)
    secret = secret_on(visitor.get("/account/security/app"))
    visitor.submit("/security/app", code=code_of(secret))
    codes = codes_on(visitor)
    assert len(codes) == 10, visitor.text
    forget_steps(site)
    return visitor, secret, codes


def half_in(app: Platform, site: Site, name: str) -> Visitor:
    """Return a browser that has shown the password alone."""
    visitor = Visitor(app, site.host).sign_in(f"{name}@example.org", PASSWORD)
    assert visitor.path == "/login/second", visitor.path
    return visitor


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account", follow=False).status == 200


def sid(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("sid", domain=visitor.host)
    assert cookie
    return str(cookie.value)


def age(site: Site, minutes: int = 6) -> None:
    """Let the last proof of everybody be this old."""
    with tenant_session(site.id) as session:
        session.execute(update(UserSession).values(proved_at=clock.now() - timedelta(minutes=minutes)))


def ask_on(visitor: Visitor, kind: str = "data-passkey") -> str:
    found = re.search(rf'{kind}="([^"]+)"', visitor.text)
    assert found, visitor.text
    return html.unescape(found[1])


def with_key(app: Platform, site: Site, settings: Settings, name: str) -> tuple[Visitor, SoftKey]:
    visitor, key = signed_in(app, site, name), SoftKey(settings.url(site.host, ""), site.host)
    visitor.get("/account/security/passkeys")
    visitor.submit("/security/passkeys", name="A <b>phone</b>", answer=key.made(ask_on(visitor, "data-passkey-new")))
    assert len(codes_on(visitor)) == 10, visitor.text
    return visitor, key


def test_an_app_is_set_up_and_asked_for_from_then_on(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice, secret, _codes = with_app(app, acme, "alice")
    assert is_in(alice)
    assert "security.app-added" in acts(acme)
    again = half_in(app, acme, "alice")
    assert not is_in(again), "a password alone gives no rights"
    before = sid(again)
    again.get("/login/second?next=/account/sessions").submit("/login/second", code=code_of(secret))
    assert again.path == "/account/sessions"
    assert sid(again) != before, "the session is a new one once it gives rights"
    counted("second factor asked for")


def test_a_wrong_first_code_sets_nothing_up(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    secret = secret_on(alice.get("/account/security/app"))
    for wrong in ("000000", "", "abcdef", code_of(secret, 4), code_of(secret, -3)):
        alice.get("/account/security/app").submit("/security/app", code=wrong)
        assert alice.status in (422, 429), wrong
        counted("wrong first code refused")
    assert Visitor(app, acme.host).sign_in("alice@example.org", PASSWORD).path == "/"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_each_code_opens_once(app: Platform, acme: Site, steps: int) -> None:
    person(acme, "alice")
    _alice, secret, _codes = with_app(app, acme, "alice")
    code = code_of(secret, steps)
    first, second = half_in(app, acme, "alice"), half_in(app, acme, "alice")
    first.submit("/login/second", code=f" {code[:3]} {code[3:]} ")
    assert first.path == "/"
    second.submit("/login/second", code=code)
    assert second.status == 422
    assert "used before" in second.text
    second.submit("/login/second", code=code_of(secret, -1))
    assert second.status == 422, "nor does an older one"
    counted("code used twice refused")


def test_a_recovery_code_opens_once_and_its_owner_is_told(app: Platform, acme: Site, world: World) -> None:
    person(acme, "alice")
    _alice, _secret, codes = with_app(app, acme, "alice")
    first, second = half_in(app, acme, "alice"), half_in(app, acme, "alice")
    first.submit("/login/second", code=codes[3].lower().replace("-", " "))
    assert first.path == "/"
    second.submit("/login/second", code=codes[3])
    assert second.status == 422
    second.submit("/login/second", code=codes[4])
    assert second.path == "/"
    assert events(acme, "SecurityChanged")[-1]["what"] == "recovery-used"
    assert "8 are left" in second.get("/account/security").text
    world.settle()
    assert "A recovery code was used" in second.get("/notifications").text
    counted("recovery code used twice refused")


def test_new_recovery_codes_void_the_old_ones(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice, _secret, old = with_app(app, acme, "alice")
    alice.get("/account/security").submit("/security/codes")
    new = codes_on(alice)
    assert len(new) == 10
    assert not set(new) & set(old)
    assert codes_on(alice.get("/account/security")) == [], "they are shown once"
    half = half_in(app, acme, "alice").submit("/login/second", code=old[0])
    assert half.status == 422
    assert half.submit("/login/second", code=new[0]).path == "/"
    counted("void recovery code refused")


def test_somebody_elses_recovery_code_opens_nothing(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    person(acme, "bob")
    _alice, secret, codes = with_app(app, acme, "alice")
    with_app(app, acme, "bob")
    bob = half_in(app, acme, "bob")
    for foreign in (codes[0], code_of(secret)):
        assert bob.submit("/login/second", code=foreign).status == 422
        counted("another's code refused")


def test_guessing_codes_is_stopped_and_hinders_nobody_elsewhere(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    _alice, secret, _codes = with_app(app, acme, "alice")
    forget_steps(acme)
    thief = half_in(app, acme, "alice")
    for _ in range(5):
        assert thief.submit("/login/second", code="000000").status == 422
    assert thief.submit("/login/second", code=code_of(secret)).status == 429
    assert thief.page.headers["Retry-After"] == "900"
    alice = half_in(app, acme, "alice")
    form = {**alice.form("/login/second").fields, "code": code_of(secret)}
    alice.post("/login/second", form, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert alice.path == "/"
    counted("guessing stopped")


def test_a_half_session_is_good_for_nothing_else(app: Platform, acme: Site) -> None:
    person(acme, "alice", Role.TENANT_ADMIN)
    with_app(app, acme, "alice")
    half = half_in(app, acme, "alice")
    for path in ("/account", "/account/security", "/account/security/app", "/manage/people", "/login/again"):
        assert half.get(path, follow=False).status == 303, path
        counted("door closed to half a session")
    assert half.get("/login/enrol").status == 409, "nor can it set up another factor"
    token = half.get("/login/second").form().fields["csrf_token"]
    assert half.post("/login/enrol", {"csrf_token": token, "code": "123456"}).status == 409
    with tenant_session(acme.id) as session:
        waiting = update(UserSession).where(UserSession.stage == "second")
        session.execute(waiting.values(created_at=clock.now() - timedelta(minutes=16)))
    assert half.get("/login/second").path == "/login", "and it doesn't wait for ever"


def test_a_role_that_needs_a_second_factor_sets_one_up_on_the_way_in(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    tenancy.change_settings(acme.id, {"second_factor_roles": ["tenant_admin"]})
    otto = Visitor(app, acme.host).get("/manage/people").submit(email="otto@example.org", password=PASSWORD)
    assert otto.path == "/login/enrol"
    assert not is_in(otto)
    secret = secret_on(otto.get("/login/enrol?next=/manage/people"))
    otto.submit("/login/enrol", code=code_of(secret))
    assert len(codes_on(otto)) == 10
    assert 'href="/manage/people"' in otto.text
    assert is_in(otto)
    person(acme, "alice")
    assert signed_in(app, acme, "alice").path == "/", "other roles don't"
    counted("enrolment forced")


def test_by_default_those_who_administer_need_one(app: Platform, zeta: Site) -> None:
    tenancy.change_settings(zeta.id, {"second_factor_roles": tenancy.settings.TenantSettings().second_factor_roles})
    for name, role, path in (
        ("otto", Role.TENANT_ADMIN, "/login/enrol"),
        ("sam", Role.SUPER_ADMIN, "/login/enrol"),
        ("irene", Role.ISSUER, "/"),
    ):
        person(zeta, name, role)
        assert Visitor(app, zeta.host).sign_in(f"{name}@example.org", PASSWORD).path == path


def test_a_mailed_link_does_not_go_round_the_second_factor(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    with_app(app, acme, "alice")
    thief = Visitor(app, acme.host).get("/forgot").submit(email="alice@example.org")
    thief.get(link(settings, acme, "reset", events(acme, "PasswordResetRequested")[0])).submit(password=OTHER)
    assert thief.path == "/login/second"
    assert not is_in(thief)
    counted("reset link stopped at the second factor")


def test_a_passkey_lets_somebody_in_alone_and_as_a_second_factor(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    alice, key = with_key(app, acme, settings, "alice")
    assert "A &lt;b&gt;phone&lt;/b&gt;" in alice.get("/account/security").text
    alone = Visitor(app, acme.host).get("/login?next=/account/security")
    alone.submit("/login/passkey", answer=key.shown(ask_on(alone)))
    assert alone.path == "/account/security"
    second = half_in(app, acme, "alice")
    second.submit("/login/second", answer=key.shown(ask_on(second)))
    assert second.path == "/"
    counted("passkey accepted")


def refusals(settings: Settings, site: Site) -> dict[str, dict[str, Any]]:
    return {
        "another origin": {"origin": "https://acme.evil.example"},
        "another scheme": {"origin": settings.url(site.host, "").replace("http:", "https:")},
        "another port": {"origin": settings.url(site.host, "") + ":4433"},
        "a neighbour's origin": {"origin": settings.url("zeta.localhost", "")},
        "another host's key": {"host": "evil.example"},
        "the parent's key": {"host": "localhost"},
        "a counter that stands still": {"count": 1},
        "a counter that went back": {"count": 0},
        "nobody present": {"flags": 0},
        "person not verified": {"flags": PRESENT},
        "a forged signature": {"forged": True},
        "another ceremony": {"type": "webauthn.create"},
        "a made-up challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"},
    }


def test_a_passkey_is_refused_for_every_lie(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    _alice, key = with_key(app, acme, settings, "alice")
    visitor = Visitor(app, acme.host).get("/login")
    visitor.submit("/login/passkey", answer=key.shown(ask_on(visitor)))
    assert is_in(visitor)
    for name, lie in refusals(settings, acme).items():
        thief = Visitor(app, acme.host).get("/login")
        thief.submit("/login/passkey", answer=key.shown(ask_on(thief), **lie))
        assert thief.path == "/login", name
        assert "accepted here" in thief.text, name
        assert not is_in(thief), name
        counted("passkey lie refused")
    honest = Visitor(app, acme.host).get("/login")
    honest.submit("/login/passkey", answer=key.shown(ask_on(honest)))
    assert is_in(honest), "the lies cost the honest nothing"


def test_an_answer_counts_once_and_only_for_what_was_asked(
    app: Platform, acme: Site, zeta: Site, settings: Settings
) -> None:
    person(acme, "alice")
    person(acme, "bob")
    alice, key = with_key(app, acme, settings, "alice")
    with_key(app, acme, settings, "bob")
    visitor = Visitor(app, acme.host).get("/login")
    answer = key.shown(ask_on(visitor), count=0)  # as keys do that are kept in several places: nothing counts up
    visitor.submit("/login/passkey", answer=answer)
    assert is_in(visitor)

    def refused(asked: str, form: str, where: Visitor, who: SoftKey = key) -> None:
        where.submit(form, answer=who.shown(asked, count=0) if asked else answer)
        assert not is_in(where)
        counted("misplaced answer refused")

    refused("", "/login/passkey", Visitor(app, acme.host).get("/login"))
    refused(ask_on(Visitor(app, acme.host).get("/login")), "/login/second", half_in(app, acme, "alice"))
    refused(ask_on(half_in(app, acme, "bob")), "/login/second", half_in(app, acme, "bob"))
    elsewhere = SoftKey(settings.url(zeta.host, ""), zeta.host, key=key.key, id=key.id, count=50)
    refused(
        ask_on(Visitor(app, zeta.host).get("/login")),
        "/login/passkey",
        Visitor(app, zeta.host).get("/login"),
        elsewhere,
    )
    asked = ask_on(alice.get("/account/security/passkeys"), "data-passkey-new")
    refused(asked, "/login/passkey", Visitor(app, acme.host).get("/login"))


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "null", '"x"', "{}", '{"response": 1}', '{"rawId": 7, "response": {"clientDataJSON": "e30"}}',
     '{"rawId": "AA", "response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAiQUEifQ"}}', "x" * 30_000],
)  # fmt: skip
def test_what_is_no_answer_is_refused(app: Platform, acme: Site, answer: str) -> None:
    person(acme, "alice")
    visitor = Visitor(app, acme.host).get("/login").submit("/login/passkey", answer=answer)
    assert visitor.path == "/login"
    alice = signed_in(app, acme, "alice").get("/account/security/passkeys")
    assert alice.submit("/security/passkeys", name="x", answer=answer).status == 422
    counted("broken answer refused")


def test_a_new_passkey_is_refused_for_every_lie(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    origin = settings.url(acme.host, "")
    for lie in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"challenge": "AAAA"}, {"flags": 0x41}):
        key = SoftKey(origin, acme.host)
        alice.get("/account/security/passkeys")
        answer = key.made(ask_on(alice, "data-passkey-new"), **lie)
        assert alice.submit("/security/passkeys", name="x", answer=answer).status == 422, lie
        counted("new passkey lie refused")
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Passkey)).all() == []


def test_factors_are_removed_and_other_sessions_end(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    alice, _key = with_key(app, acme, settings, "alice")
    with tenant_session(acme.id) as session:
        session.execute(update(UserSession).values(shown="passkey"))
    elsewhere = Visitor(app, acme.host)
    elsewhere.client.set_cookie("sid", sid(alice), domain=acme.host)
    alice.get("/account/security").submit("/remove")
    assert "The passkey is removed" in alice.text
    assert is_in(alice)
    assert Visitor(app, acme.host).sign_in("alice@example.org", PASSWORD).path == "/"
    assert {"passkey-added", "passkey-removed"} <= {event["what"] for event in events(acme, "SecurityChanged")}


def test_a_passkey_is_renamed_and_says_since_when_and_when_last(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    alice, key = with_key(app, acme, settings, "alice")
    assert "not used yet" in alice.get("/account/security").text
    visitor = Visitor(app, acme.host).get("/login")
    visitor.submit("/login/passkey", answer=key.shown(ask_on(visitor)))
    alice.get("/account/security")
    assert "not used yet" not in alice.text
    assert "added" in alice.text
    told = len(events(acme, "SecurityChanged"))
    for name, status in (("", 422), ("   ", 422), ("x" * 61, 422), ("  Blue <i>phone</i> ", 200)):
        assert alice.get("/account/security").submit("/name", name=name).status == status, name
    assert "Blue &lt;i&gt;phone&lt;/i&gt;" in alice.text
    assert "Passkey renamed" in alice.text
    assert len(events(acme, "SecurityChanged")) == told
    path = alice.form("/name").action
    bob = person(acme, "bob") and signed_in(app, acme, "bob")
    token = bob.get("/account").form().fields["csrf_token"]
    assert bob.post(path, {"csrf_token": token, "name": "mine"}).status == 404
    age(acme)
    alice.get("/account/security").submit("/name", name="Zebra")
    assert "Zebra" not in alice.get("/account/security").text


def test_nobody_removes_what_is_somebody_elses(app: Platform, acme: Site, settings: Settings) -> None:
    person(acme, "alice")
    person(acme, "bob")
    alice, _key = with_key(app, acme, settings, "alice")
    action = alice.get("/account/security").form("/remove").action
    bob = signed_in(app, acme, "bob").get("/account/security")
    token = bob.form().fields["csrf_token"]
    assert bob.post(action, {"csrf_token": token}).status == 404
    assert "phone" in alice.get("/account/security").text


def test_an_administrator_resets_the_factors_of_somebody_who_lost_them(app: Platform, acme: Site, world: World) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    who = person(acme, "alice")
    alice, _secret, _codes = with_app(app, acme, "alice")
    otto = signed_in(app, acme, "otto").get(f"/manage/people/{who.id}")
    otto.submit("/reset-factors")
    assert "second factors are reset" in otto.text
    assert not is_in(alice)
    assert Visitor(app, acme.host).sign_in("alice@example.org", PASSWORD).path == "/"
    assert "security.factors-reset" in acts(acme)
    world.settle()
    assert otto.get("/manage/people").status == 200


STALE: list[tuple[str, Callable[[Visitor], Visitor]]] = [
    ("the app", lambda it: it.get("/account/security/app", follow=False)),
    ("a passkey", lambda it: it.get("/account/security/passkeys", follow=False)),
    ("the address", lambda it: it.get("/account/email", follow=False)),
]


@pytest.mark.parametrize(("what", "go"), STALE, ids=[what for what, _go in STALE])
def test_what_matters_asks_once_more_who_it_is(
    app: Platform, acme: Site, what: str, go: Callable[[Visitor], Visitor]
) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice")
    assert go(alice).status == 200, "a sign-in is a proof for five minutes"
    age(acme)
    assert go(alice).status == 303
    asked = alice.page.headers["Location"]
    assert asked.startswith("/login/again?next=")
    alice.get(asked)
    before = sid(alice)
    assert alice.submit("/login/again", **{"proof-password": "not the password"}).status == 422
    alice.submit("/login/again", **{"proof-password": PASSWORD})
    assert alice.status == 200
    assert alice.path in asked
    assert sid(alice) != before, "a new proof is a new session"
    assert "session.proved" in acts(acme)
    counted("step-up asked for")


def test_a_form_that_was_sent_goes_on_after_the_proof(app: Platform, acme: Site) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto").get("/manage/people/invite")
    age(acme)
    otto.submit("/invite", name="Carol Brandt", email="carol@example.org", role="compliance_officer")
    assert otto.status == 403
    assert "Confirm that it is you" in otto.text
    assert events(acme, "UserInvited") == []
    assert otto.submit("/login/again", **{"proof-password": "wrong"}).status == 422
    assert otto.form("/login/again").fields["name"] == "Carol Brandt", "it is still there after a wrong password"
    sent = {**otto.form("/login/again").fields, "proof-password": PASSWORD}
    otto.post("/login/again", sent, follow=False)
    assert (otto.status, otto.page.headers["Location"]) == (307, "/manage/people/invite")
    otto.post("/manage/people/invite", sent)  # as a browser does: method and values stay what they were
    assert "Carol Brandt is invited" in otto.text
    assert len(events(acme, "UserInvited")) == 1
    counted("sent form kept through step-up")


def test_who_has_a_second_factor_shows_that_and_not_the_password(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    alice, secret, _codes = with_app(app, acme, "alice")
    age(acme)
    alice.get("/account/email")
    assert "proof-password" not in alice.form("/login/again").fields
    assert alice.submit("/login/again", **{"proof-password": PASSWORD, "proof-code": ""}).status == 422
    alice.submit("/login/again", **{"proof-code": code_of(secret)})
    assert alice.path == "/account/email"
    counted("password alone no step-up")


@pytest.mark.parametrize(
    "goal", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_off_the_site_by_a_proof(app: Platform, acme: Site, goal: str) -> None:
    person(acme, "alice")
    alice = signed_in(app, acme, "alice").get("/login/again")
    proof = {"proof-password": PASSWORD, "proof-goal": goal}
    for sent, status in (("", 303), ("1", 307)):
        alice.get("/login/again").submit("/login/again", follow=False, **proof, **{"proof-sent": sent})
        assert alice.status == status
        assert alice.page.headers["Location"] == "/"
        counted("open redirect refused")


TABLES = ("audit_entries", "totp_secrets", "recovery_codes", "user_sessions", "outbox", "account_attempts")


def test_no_secret_stands_in_the_record_or_the_tables(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    _alice, secret, codes = with_app(app, acme, "alice")
    half_in(app, acme, "alice").submit("/login/second", code=codes[0])
    with tenant_session(acme.id) as session:
        for table in (
            "audit_entries",
            "totp_secrets",
            "recovery_codes",
            "user_sessions",
            "outbox_events",
            "account_attempts",
        ):
            whole = " ".join(str(row) for row in session.execute(text(f"select t::text from app.{table} t")))
            for hidden in (secret, codes[0], codes[1], codes[1].replace("-", ""), PASSWORD):
                assert hidden not in whole, table
        assert len(session.scalars(select(Attempt)).all()) < 20
