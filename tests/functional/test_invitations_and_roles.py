"""Invitations that wait, what changed about a person, and the table of roles and permissions."""

import importlib
import pkgutil
import re
from enum import StrEnum
from html import unescape

import pytest
from sqlalchemy import select

import app.modules
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.accounts.models import User, UserRole, UserSession
from app.modules.console import rules_roles
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import acts, events, link
from tests.support import tally
from tests.support.http import Visitor
from tests.support.investing import person


@pytest.fixture
def otto(app: Platform, acme: Site) -> Visitor:
    """An administrator who has just shown who he is."""
    with tenant_session(acme.id) as session:
        actor = person(session, acme, "otto", now=clock.now(), role=Role.TENANT_ADMIN, verified=False)
        token = accounts.open_session(session, user_id=actor.require_id(), remote="127.0.0.1", now=clock.now())[0]
        opened = session.scalars(select(UserSession).where(UserSession.user_id == actor.user_id)).one()
        opened.proved_at = clock.now()
    visitor = Visitor(app, acme.host)
    visitor.client.set_cookie(accounts.cookie_name(secure=False), token, domain=acme.host)
    return visitor


def invited(otto: Visitor, acme: Site) -> str:
    otto.get("/manage/people/invite").submit("/invite", name="Nora", email="nora@example.org", role="issuer")
    with tenant_session(acme.id) as session:
        return str(session.scalars(select(User.id).where(User.email == "nora@example.org")).one())


def test_an_invitation_is_sent_again_and_the_link_before_ends(
    settings: Settings, app: Platform, acme: Site, otto: Visitor
) -> None:
    assert "No open invitations" in otto.get("/manage/people/invitations").text
    nora = invited(otto, acme)
    assert "Waiting" in otto.get("/manage/people/invitations").text
    otto.submit(f"/{nora}/invitation/resend")
    assert "A new link is on its way to Nora" in otto.text
    first, second = (link(settings, acme, "invite", event) for event in events(acme, "UserInvited"))
    assert Visitor(app, acme.host).get(first).status == 404
    guest = Visitor(app, acme.host).get(second)
    guest.submit("", password="wide-otters-paint-quiet-rivers")
    assert "No open invitations" in otto.get("/manage/people/invitations").text
    with tenant_session(acme.id) as session:
        assert session.scalars(select(UserRole.role)).all().count("issuer") == 1


def test_a_withdrawn_invitation_leaves_neither_a_link_nor_a_role(
    settings: Settings, app: Platform, acme: Site, otto: Visitor
) -> None:
    nora = invited(otto, acme)
    otto.get("/manage/people/invitations").submit(f"/{nora}/invitation/withdraw")
    assert "withdrawn" in otto.text
    assert "No open invitations" in otto.text
    assert Visitor(app, acme.host).get(link(settings, acme, "invite", events(acme, "UserInvited")[0])).status == 404
    with tenant_session(acme.id) as session:
        assert "issuer" not in session.scalars(select(UserRole.role)).all()
    assert "user.invitation-withdrawn" in acts(acme)
    token = otto.form("").fields["csrf_token"]
    for act in ("resend", "withdraw"):
        assert otto.post(f"/manage/people/{nora}/invitation/{act}", {"csrf_token": token}).status == 409
    otto.get("/manage/people/invite").submit("/invite", name="Nora", email="nora@example.org", role="issuer")
    assert "Waiting" in otto.get("/manage/people/invitations").text


def test_somebody_who_has_come_is_no_invitation(acme: Site, otto: Visitor) -> None:
    with tenant_session(acme.id) as session:
        alice = person(session, acme, "alice", now=clock.now(), signs_in=True)
    token = otto.get("/manage/people/invite").form("").fields["csrf_token"]
    for act in ("resend", "withdraw"):
        assert otto.post(f"/manage/people/{alice.user_id}/invitation/{act}", {"csrf_token": token}).status == 409
    with tenant_session(acme.id) as session:
        assert "investor" in session.scalars(select(UserRole.role).where(UserRole.user_id == alice.user_id)).all()


def test_the_page_of_a_person_shows_what_changed(acme: Site, otto: Visitor) -> None:
    with tenant_session(acme.id) as session:
        alice = person(session, acme, "alice", now=clock.now())
    there = f"/manage/people/{alice.user_id}"
    assert "Nothing was changed about this account yet." in otto.get(there).text
    otto.submit("/roles/issuer/grant")
    otto.get(there).submit("/roles/issuer/revoke")
    otto.get(there)
    assert "Role given: Issuer" in otto.text
    assert "Role taken away: Issuer" in otto.text
    assert "by Otto" in otto.text


def test_every_permission_of_every_module_has_its_words_and_stands_in_the_table() -> None:
    known: set[StrEnum] = set()
    for each in pkgutil.iter_modules(app.modules.__path__):
        try:
            module = importlib.import_module(f"app.modules.{each.name}.permissions")
        except ModuleNotFoundError:
            continue
        known |= set(module.POLICY.rules)
        assert any(module.POLICY is policy for _area, policy in rules_roles.AREAS), each.name
    assert known == set(rules_roles.WORDS)
    assert all(rules_roles.WORDS.values())
    tally.count("roles: permissions in the table", len(known))


def test_the_table_says_what_the_rules_say(otto: Visitor) -> None:
    lines = {line.permission: line for _area, lines in rules_roles.table() for line in lines}
    said = {
        permission: {
            role.value: (cell.allowed, cell.condition) for role, cell in zip(rules_roles.HERE, line.cells, strict=True)
        }
        for permission, line in lines.items()
    }
    never, always, own = (False, ""), (True, ""), (True, "their own deals")
    assert said["deals.edit"] == {
        "investor": never, "issuer": own, "compliance_officer": never, "tenant_admin": never
    }  # fmt: skip
    assert said["deals.see_money"] == {
        "investor": never, "issuer": own, "compliance_officer": always, "tenant_admin": always
    }  # fmt: skip
    assert said["compliance.decide"]["compliance_officer"] == (True, "all but their own")
    assert said["escrow.decide"]["tenant_admin"] == never
    assert "console.run_installation" not in said
    shown = unescape(otto.get("/manage/roles").text)
    assert re.search(r'href="/manage/people"[^>]*aria-current="page"', shown)
    assert [line.words for line in lines.values() if line.words not in shown] == []


def test_only_administrators_see_the_table_and_the_invitations(app: Platform, acme: Site) -> None:
    with tenant_session(acme.id) as session:
        carol = person(session, acme, "carol", now=clock.now(), role=Role.COMPLIANCE_OFFICER, verified=False)
        token = accounts.open_session(session, user_id=carol.require_id(), remote="127.0.0.1", now=clock.now())[0]
    visitor = Visitor(app, acme.host)
    visitor.client.set_cookie(accounts.cookie_name(secure=False), token, domain=acme.host)
    for path in ("/manage/roles", "/manage/people/invitations"):
        assert visitor.get(path).status == 403
