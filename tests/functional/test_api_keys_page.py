"""API access in the account: a key is made once, shown once, and revoked."""

import re

import pytest

from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.http import Visitor
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program


@pytest.fixture
def alice(app: Platform, acme: Site) -> Visitor:
    with tenant_session(acme.id) as session:
        actor = person(session, acme, "alice", now=clock.now(), role=Role.INVESTOR, signs_in=True)
        token = accounts.open_session(session, user_id=actor.require_id(), remote="127.0.0.1", now=clock.now())[0]
    visitor = Visitor(app, acme.host)
    visitor.client.set_cookie(accounts.cookie_name(secure=False), token, domain=acme.host)
    return visitor


def test_a_key_is_shown_once_works_and_is_revoked(app: Platform, alice: Visitor) -> None:
    alice.get("/account/keys").submit("/account/keys", name="Ledger", scopes="read", days="30")
    assert alice.status == 200, alice.text
    found = re.search(r"pk_[a-z0-9]{16}_[A-Za-z0-9_-]{43}", alice.text)
    assert found
    program = Program(app, alice.host)
    program.token = found[0]
    assert program.ask("GET", "/api/auth/me")["scopes"] == ["read"]
    listed = alice.get("/account/keys").text
    assert found[0] not in listed
    assert found[0][:13] in listed
    alice.submit("/revoke")
    assert "You have no keys." in alice.text
    assert program.ask("GET", "/api/auth/me", well=False)["code"] == "token-invalid"


def test_a_form_that_lacks_something_says_what(alice: Visitor) -> None:
    alice.get("/account/keys").submit("/account/keys", name="", scopes=None)
    assert alice.status == 422
    assert "Say what the key is for." in alice.text
    assert "Choose at least one." in alice.text


def test_scopes_that_roles_do_not_carry_are_not_offered(alice: Visitor) -> None:
    text = alice.get("/account/keys").text
    assert 'value="invest"' in text
    assert 'value="office"' not in text
    alice.submit("/account/keys", name="Office", scopes="office")
    assert alice.status == 422


def test_a_program_that_signed_in_is_signed_out_from_the_page(app: Platform, alice: Visitor) -> None:
    program = Program(app, alice.host).sign_in("alice@example.com", PASSWORD)
    alice.get("/account/keys").submit("/end")
    assert "No program has signed in" in alice.text
    assert program.ask("GET", "/api/auth/me", well=False)["code"] == "token-invalid"
