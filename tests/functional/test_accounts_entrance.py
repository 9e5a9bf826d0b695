"""Registering, confirming, signing in and out, and choosing a new password, as people do it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts.models import MailToken, User, UserSession
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import OTHER, PASSWORD, acts, events, link, person, signed_in
from tests.support.http import Visitor

FORM = {
    "name": "Alice Lindqvist",
    "email": "Alice@Example.org ",
    "country": "SE",
    "password": PASSWORD,
    "terms": "y",
}


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/account", follow=False).status == 200


def content(visitor: Visitor) -> str:
    """Return what a person sees of the page, without tokens and challenges."""
    return re.sub(r'name="csrf_token" value="[^"]*"|data-passkey="[^"]*"', "", visitor.text.partition("<main")[2])


def test_somebody_registers_confirms_and_is_signed_in(visitor: Visitor, acme: Site, settings: Settings) -> None:
    visitor.get("/register").submit(**FORM)
    assert visitor.path == "/verify"
    assert not is_signed_in(visitor)
    path = link(settings, acme, "verify", events(acme, "UserRegistered")[0])
    visitor.get(path)
    assert events(acme, "EmailVerified") == [], "opening a link must not use it up"
    visitor.submit()
    assert is_signed_in(visitor)
    assert "Alice Lindqvist" in visitor.text
    with tenant_session(acme.id) as session:
        user = session.scalars(select(User)).one()
        assert (user.email, user.country) == ("alice@example.org", "SE")
        assert user.email_verified_at is not None
        assert user.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Enter your name."),
        ("email", "not an address", "like name@example.org"),
        ("country", "", "Choose the country you live in."),
        ("country", "XX", "Not a valid choice"),
        ("password", "short", "at least 12 characters"),
        ("password", "x" * 129, "at most 128 characters"),
        ("password", "password1234", "easy to guess"),
        ("password", "alice.lindqvist", "easy to guess"),
        ("password", "aaaaaaaaaaaaaaaa", "easy to guess"),
        ("terms", None, "agreement is needed"),
    ],
)
def test_a_form_that_cannot_be_accepted_says_why_and_keeps_what_was_typed(
    visitor: Visitor, acme: Site, field: str, value: str | None, words: str
) -> None:
    visitor.get("/register").submit(**{**FORM, field: value})
    assert visitor.status == 422
    assert words in visitor.text
    assert 'value="Alice Lindqvist"' in visitor.text or field == "name"
    assert PASSWORD not in visitor.text
    assert events(acme, "UserRegistered") == []


def test_a_known_address_gets_the_same_answer_as_an_unknown_one(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    visitor.get("/register").submit(**FORM)
    known = (visitor.status, visitor.path, content(visitor))
    visitor.get("/register").submit(**{**FORM, "email": "nobody@example.org"})
    assert (visitor.status, visitor.path, content(visitor)) == known
    assert len(events(acme, "RegistrationRepeated")) == 1
    assert len(events(acme, "UserRegistered")) == 1
    with tenant_session(acme.id) as session:
        assert session.scalar(select(User.name).where(User.email == "alice@example.org")) == "Alice"


def test_registering_twice_before_confirming_voids_the_first_link(
    visitor: Visitor, acme: Site, settings: Settings
) -> None:
    visitor.get("/register").submit(**FORM)
    visitor.get("/register").submit(**{**FORM, "password": OTHER})
    first = link(settings, acme, "verify", events(acme, "UserRegistered")[0])
    second = link(settings, acme, "verify", events(acme, "VerificationRequested")[0])
    assert visitor.get(first).status == 404
    visitor.get(second).submit()
    assert is_signed_in(visitor)


def test_a_link_works_once(visitor: Visitor, acme: Site, settings: Settings) -> None:
    visitor.get("/register").submit(**FORM)
    path = link(settings, acme, "verify", events(acme, "UserRegistered")[0])
    visitor.get(path).submit()
    assert visitor.get(path).status == 404
    assert "no longer works" in visitor.text


def test_a_link_expires_and_is_bound_to_its_site_and_kind(
    visitor: Visitor, app: Platform, acme: Site, zeta: Site, settings: Settings
) -> None:
    visitor.get("/register").submit(**FORM)
    path = link(settings, acme, "verify", events(acme, "UserRegistered")[0])
    token = path.removeprefix("/verify/")
    assert visitor.get(f"/reset/{token}").status == 404
    assert visitor.get(f"/verify/{token[:-2]}AA").status == 404
    assert Visitor(app, zeta.host).get(path).status == 404
    with tenant_session(acme.id) as session:
        session.execute(update(MailToken).values(expires_at=clock.now()))
    assert visitor.get(path).status == 404


def test_signing_in_leads_on_to_where_the_person_was_going(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    visitor.get("/account/sessions")
    assert visitor.path == "/login"
    visitor.submit(email="alice@example.org", password=PASSWORD)
    assert visitor.path == "/account/sessions"


@pytest.mark.parametrize(
    "goal", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_off_the_site(visitor: Visitor, acme: Site, goal: str) -> None:
    person(acme, "alice")
    visitor.get("/login").submit(email="alice@example.org", password=PASSWORD, next=goal, follow=False)
    assert visitor.page.headers["Location"] == "/"


def test_the_cookie_is_out_of_reach_for_scripts_and_neighbours(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    visitor.get("/login").submit(email="alice@example.org", password=PASSWORD, follow=False)
    cookie = next(one for one in visitor.page.headers.getlist("Set-Cookie") if one.startswith("sid="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    token = cookie.removeprefix("sid=").partition(";")[0]
    with tenant_session(acme.id) as session:
        stored = session.scalars(select(UserSession.token_hash)).one()
    assert token.encode() not in stored
    assert len(stored) == 32


def test_signing_in_replaces_the_session_the_browser_came_with(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    person(acme, "bob")
    visitor.get("/login")
    stale = visitor.form().fields
    visitor.submit(email="alice@example.org", password=PASSWORD)
    before = visitor.client.get_cookie("sid", domain=visitor.host).value
    visitor.post("/login", {**stale, "email": "bob@example.org", "password": PASSWORD})
    assert visitor.status == 419, "a form of before the sign-in is void after it"
    token = visitor.get("/account").form().fields["csrf_token"]
    visitor.post("/login", {"email": "bob@example.org", "password": PASSWORD, "csrf_token": token})
    assert "Bob" in visitor.get("/account").text
    assert visitor.client.get_cookie("sid", domain=visitor.host).value != before
    visitor.client.set_cookie("sid", before, domain=visitor.host)
    assert not is_signed_in(visitor)


def test_signing_out_ends_the_session_for_good(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    visitor.sign_in("alice@example.org", PASSWORD)
    kept = visitor.client.get_cookie("sid", domain=visitor.host).value
    visitor.get("/account")
    logout = next(form for form in visitor.forms() if form.action.endswith("/logout"))
    visitor.post("/logout", logout.fields)
    visitor.client.set_cookie("sid", kept, domain=visitor.host)
    assert not is_signed_in(visitor)


def test_wrong_password_and_unknown_address_look_alike(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    answers = []
    for email in ("alice@example.org", "nobody@example.org"):
        visitor.get("/login").submit(email=email, password="not the password")
        assert visitor.status == 422
        answers.append(content(visitor).replace(email, ""))
    assert answers[0] == answers[1]
    assert "don’t match" in answers[0]


def test_five_failures_pause_one_place_but_not_the_person(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    thief, alice = Visitor(app, acme.host), Visitor(app, acme.host)
    for _ in range(5):
        thief.get("/login").submit(email="alice@example.org", password="not the password")
        assert thief.status == 422
    assert "Wait a quarter of an hour" in thief.text
    thief.get("/login").submit(email="alice@example.org", password=PASSWORD)
    assert thief.status == 429
    assert thief.page.headers["Retry-After"] == "900"
    alice.get("/login")
    form = {**alice.form().fields, "email": "alice@example.org", "password": PASSWORD}
    alice.post("/login", form, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert alice.path == "/"


def test_a_storm_on_one_address_spares_places_that_signed_in_before(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    visitor = Visitor(app, acme.host)

    def attempt(password: str, remote: str) -> int:
        visitor.get("/login")
        form = {**visitor.form().fields, "email": "alice@example.org", "password": password}
        return visitor.post("/login", form, follow=False, environ_overrides={"REMOTE_ADDR": remote}).status

    assert attempt(PASSWORD, "192.0.2.1") == 303
    visitor.client.delete_cookie("sid", domain=visitor.host)
    visitor.client.delete_cookie("device", domain=visitor.host)
    for place in range(6):
        for _ in range(5):
            assert attempt("not the password", f"198.51.100.{place}") == 422
    assert attempt(PASSWORD, "203.0.113.9") == 429, "a strange place waits while the storm lasts"
    assert attempt(PASSWORD, "192.0.2.1") == 303, "the owner's usual place does not"


def test_an_unconfirmed_person_is_sent_a_new_link_instead_of_in(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice", verified=False)
    visitor.sign_in("alice@example.org", PASSWORD)
    assert visitor.path == "/verify"
    assert len(events(acme, "VerificationRequested")) == 1
    assert not is_signed_in(visitor)


def test_a_forgotten_password_is_replaced_and_every_session_ends(
    visitor: Visitor, app: Platform, acme: Site, settings: Settings
) -> None:
    person(acme, "alice")
    elsewhere = signed_in(app, acme, "alice")
    visitor.get("/forgot").submit(email="alice@example.org")
    assert "on its way" in visitor.text
    path = link(settings, acme, "reset", events(acme, "PasswordResetRequested")[0])
    visitor.get(path).submit(password="too short")
    assert visitor.status == 422
    visitor.get(path).submit(password=OTHER)
    assert is_signed_in(visitor)
    assert not is_signed_in(elsewhere)
    assert visitor.get(path).status == 404
    assert len(events(acme, "PasswordChanged")) == 1
    assert "password.changed" in acts(acme)
    elsewhere.sign_in("alice@example.org", PASSWORD)
    assert elsewhere.status == 422
    elsewhere.sign_in("alice@example.org", OTHER)
    assert elsewhere.path == "/"


def test_asking_for_a_link_says_nothing_about_the_address(visitor: Visitor, acme: Site) -> None:
    visitor.get("/forgot").submit(email="nobody@example.org")
    assert "on its way" in visitor.text
    assert events(acme, "PasswordResetRequested") == []


def test_mails_to_one_address_are_limited_in_silence(visitor: Visitor, acme: Site) -> None:
    person(acme, "alice")
    for _ in range(7):
        visitor.get("/forgot").submit(email="alice@example.org")
        assert visitor.status == 200
    assert len(events(acme, "PasswordResetRequested")) == 5


@pytest.mark.parametrize(
    ("role", "idle", "absolute"),
    [(Role.INVESTOR, 30, 12 * 60), (Role.TENANT_ADMIN, 15, 8 * 60), (Role.SUPER_ADMIN, 15, 4 * 60)],
)
def test_sessions_end_by_themselves(app: Platform, acme: Site, role: Role, idle: int, absolute: int) -> None:
    person(acme, "alice", role)
    visitor = signed_in(app, acme, "alice")

    def aged(**minutes: int) -> bool:
        with tenant_session(acme.id) as session:
            values = {name: clock.now() - timedelta(minutes=count) for name, count in minutes.items()}
            session.execute(update(UserSession).values(**values))
        return is_signed_in(visitor)

    assert aged(created_at=absolute - 1, last_seen_at=idle - 1)
    assert not aged(created_at=absolute - 1, last_seen_at=idle + 1)
    assert not aged(created_at=absolute + 1, last_seen_at=0)


def test_another_sites_session_opens_nothing_and_is_recorded(app: Platform, acme: Site, zeta: Site) -> None:
    person(zeta, "mallory", Role.TENANT_ADMIN)
    mallory = signed_in(app, zeta, "mallory")
    token = mallory.client.get_cookie("sid", domain=zeta.host).value
    intruder = Visitor(app, acme.host)
    for _ in range(3):
        intruder.client.set_cookie("sid", token, domain=acme.host)
        assert intruder.get("/account", follow=False).status == 303
        assert "Location" in intruder.page.headers
    assert acts(acme) == ["session.foreign"], "once a minute is enough"
    assert "session.foreign" not in acts(zeta)


def test_a_cookie_sent_twice_is_nobody(app: Platform, acme: Site) -> None:
    person(acme, "alice")
    token = signed_in(app, acme, "alice").client.get_cookie("sid", domain=acme.host).value
    plain = app.test_client(use_cookies=False)
    once = plain.get("/account", base_url=f"http://{acme.host}", headers={"Cookie": f"sid={token}"})
    twice = plain.get("/account", base_url=f"http://{acme.host}", headers={"Cookie": f"sid={token}; sid=other"})
    assert (once.status_code, twice.status_code) == (200, 303)
