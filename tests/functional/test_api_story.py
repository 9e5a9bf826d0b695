"""Every operation of the interface, by the examples of its document, from an opened account to money in escrow."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app import factory
from app.api import openapi
from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.chain import service as chain
from app.modules.notifications import service as notifications
from app.modules.tokens import service as tokens
from app.web import assets
from tenants import service as tenancy
from tenants.session import tenant_session
from tests.conftest import found
from tests.functional import story_access, story_network, story_office, story_people
from tests.functional.files import jpeg, pdf
from tests.functional.story import Story
from tests.support import dealing, tally
from tests.support.desk import Desk, fresh_chain
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program
from tests.support.sample import found_console

ELSEWHERE = ("/api/webhooks/", "/api/sign-in/")  # asked by outside services, each with a test of its own
CAST = {
    "alice": Role.INVESTOR, "ben": Role.INVESTOR, "irene": Role.ISSUER, "otto": Role.TENANT_ADMIN,
    "carol": Role.COMPLIANCE_OFFICER,
}  # fmt: skip


@pytest.fixture(scope="module")
def story(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    assets.build(settings.static)
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        app = factory.create_app(replace(chained, limit_public=5000))
        desk, console, known = Desk.of(chained, found("acme", "Acme Real Assets")), found_console(), {}
        tenancy.change_settings(desk.site.id, {"second_factor_roles": [], "invest_while_pending": True})
        tenancy.change_settings(console.id, {"second_factor_roles": []})
        with desk.session() as session:
            for name, role in CAST.items():
                person(session, desk.site, name, now=clock.now(), role=role, verified=False, signs_in=True)
        with tenant_session(console.id) as session:
            person(session, console, "sam", now=clock.now(), role=Role.SUPER_ADMIN, verified=False, signs_in=True)
        programs = {name: Program(app, desk.site.host, known) for name in ("", *CAST)}
        programs["sam"] = Program(app, console.host, known)
        for name, program in programs.items():
            if name:
                program.sign_in(f"{name}@example.com", PASSWORD)
        yield Story(app, desk, console, programs, known)


def test_every_operation_does_what_its_document_says(story: Story) -> None:
    _strangers(story)
    _accounts(story)
    deal_id = _issuing(story)
    _verifying(story)
    _investing(story, deal_id)
    _deciding(story)
    story_access.access(story)
    story_office.office(story)
    story_office.webhooks(story)
    story_office.console(story)
    story_network.network(story, deal_id)
    _leaving(story)
    reached = set().union(*(program.reached for program in story.programs.values()))
    doors = {(method, path) for method, path, _rule in openapi.doors(story.app, story.app.sites, None)}
    documented = {(method, path) for method, path in doors if not path.startswith(ELSEWHERE)}
    tally.count("B28 interface: operations asked by their documented example", len(reached))
    assert documented - reached == set()


def _strangers(story: Story) -> None:
    nobody = story.programs[""]
    assert nobody.ask("GET", "/api/health")["database"] == "connected"
    assert nobody.ask("GET", "/api/openapi.json")["openapi"] == "3.1.0"
    nobody.ask("GET", "/api/docs")
    assert nobody.ask("POST", "/api/auth/register")["success"] is True
    story.desk.deliver()
    story.known["verify"] = story.link("verify", "nadia@example.com")
    nobody.ask("POST", "/api/auth/verify")
    nobody.ask("POST", "/api/auth/forgot")
    nadia = {"email": "nadia@example.com", "password": "seven wet herons on a dyke"}
    assert nobody.ask("POST", "/api/auth/login", nadia)["user"]["role"] == "investor"


def _accounts(story: Story) -> None:
    alice = story.programs["alice"]
    alice.sign_in("alice@example.com", PASSWORD)
    assert alice.ask("GET", "/api/auth/me")["email"] == "alice@example.com"
    alice.ask("GET", "/api/profile/settings")
    assert alice.ask("PATCH", "/api/profile/settings")["name"] == "Alice Vermeer"
    assert alice.ask("PATCH", "/api/profile/settings", {"country": "NL"})["country"] == "NL"
    assert alice.ask("POST", "/api/profile/profiles")["name"] == "Vermeer Holding B.V."
    assert len(alice.ask("GET", "/api/profile/profiles")["profiles"]) == 2
    with story.desk.session() as session:
        who = accounts.person_by_email(session, "alice@example.com")
        assert who is not None
        opened, _who = accounts.open_session(session, user_id=who.id, remote="127.0.0.1", now=clock.now())
        actor = accounts.identify(session, opened, now=clock.now(), remote="127.0.0.1")
        key, _whole = tokens.make_key(
            session, actor=actor, name="Ledger", scopes=["read"], expires_at=None, now=clock.now()
        )
        notifications.tell(session, user_id=who.id, kind="verification-approved", url="/verification", now=clock.now())
    sessions = alice.ask("GET", "/api/profile/sessions")["sessions"]
    alice.ask("DELETE", "/api/profile/sessions/{session_id}", session_id=sessions[0]["id"])
    assert [each["prefix"] for each in alice.ask("GET", "/api/profile/keys")["keys"]] == [key.prefix]
    alice.ask("DELETE", "/api/profile/keys/{key_id}", key_id=key.id)
    programs = alice.ask("GET", "/api/profile/programs")["programs"]
    alice.ask("DELETE", "/api/profile/programs/{program_id}", program_id=programs[-1]["id"])
    notice = alice.ask("GET", "/api/notifications", query="?show=unread")["notifications"][0]
    assert alice.ask("POST", "/api/notifications/{notice_id}/read", notice_id=notice["id"])["readAt"]
    alice.ask("POST", "/api/notifications/read")
    alice.ask("GET", "/api/notifications/wishes")
    alice.ask("PUT", "/api/notifications/wishes")
    story_people.about_oneself(story)


def _issuing(story: Story) -> str:
    irene, otto, nobody = (story.programs[name] for name in ("irene", "otto", ""))
    made = irene.ask("POST", "/api/issuer/deals")
    at: dict[str, Any] = {"deal_id": made["id"]}
    assert irene.ask("GET", "/api/issuer/deals/{deal_id}", **at)["problems"]
    irene.ask("PATCH", "/api/issuer/deals/{deal_id}", **at)
    fields = dealing.filled(asset=dealing.euro_of(story.desk))
    assert irene.ask("PATCH", "/api/issuer/deals/{deal_id}", {"fields": fields}, **at)["problems"] == {}
    room = "/api/issuer/deals/{deal_id}/documents"
    paper = {"file": ("sheet.pdf", pdf()), "title": "Sheet", "access": "public", "required": "true"}
    kept = irene.ask("POST", room, files=paper, **at)["documents"][0]
    irene.ask("POST", room, files={**paper, "title": "Other", "required": "false"}, **at)
    other = irene.ask("GET", room, **at)["documents"][1]
    irene.ask("DELETE", room + "/{document_id}", document_id=other["id"], **at)
    irene.ask("POST", "/api/issuer/deals/{deal_id}/comments", **at)
    irene.ask("POST", "/api/issuer/deals/{deal_id}/{verb}", verb="submit", **at)
    assert otto.ask("GET", "/api/admin/deals")["waiting"][0]["id"] == made["id"]
    changes = {"verdict": "changes", "reason": "Say who holds the keys."}
    otto.ask("POST", "/api/admin/deals/{deal_id}/review", changes, **at)
    irene.ask("POST", "/api/issuer/deals/{deal_id}/{verb}", verb="submit", **at)
    otto.ask("POST", "/api/admin/deals/{deal_id}/review", **at)
    otto.ask("POST", "/api/admin/deals/{deal_id}/{verb}", verb="open", **at)
    story.desk.settle()
    assert otto.ask("GET", "/api/admin/deals/{deal_id}", **at)["status"] == "open"
    irene.ask("POST", "/api/issuer/deals/{deal_id}/updates", **at)
    asked = irene.ask("POST", "/api/issuer/deals/{deal_id}/questions", **at)
    assert nobody.ask("GET", "/api/deals")["total"] == 1
    nobody.ask("GET", "/api/deals/featured")
    assert nobody.ask("GET", "/api/deals/{deal_id}", **at)["isOpen"] is True
    assert nobody.ask("GET", "/api/deals/{deal_id}/updates", **at)["updates"]
    assert nobody.ask("GET", "/api/deals/{deal_id}/questions", **at)["questions"]
    irene.ask("DELETE", "/api/issuer/deals/{deal_id}/questions/{question_id}", question_id=asked["id"], **at)
    assert nobody.ask("GET", "/api/deals/{deal_id}/documents", **at)["documents"][0]["open"] is True
    nobody.ask("GET", "/api/deals/{deal_id}/documents/{document_id}", document_id=kept["id"], **at)
    nobody.ask("GET", "/api/documents/{document_id}", document_id=kept["id"])
    return str(made["id"])


def _verifying(story: Story) -> None:
    alice, ben = story.programs["alice"], story.programs["ben"]
    assert alice.ask("GET", "/api/investor/kyc")["status"] == "not_started"
    alice.ask("POST", "/api/investor/kyc/start", {"level": "accredited"})
    alice.ask("PUT", "/api/investor/kyc/about")
    alice.ask("PUT", "/api/investor/kyc/address")
    alice.ask("PUT", "/api/investor/kyc/funds")
    alice.ask("PUT", "/api/investor/kyc/standing")
    alice.ask("POST", "/api/investor/kyc/start")
    paper = {"file": ("passport.jpg", jpeg()), "step": "identity", "kind": "passport"}
    sent = alice.ask("POST", "/api/investor/documents", files=paper)["documents"]
    alice.ask("DELETE", "/api/investor/documents/{file_id}", file_id=sent[0]["id"])
    alice.ask("POST", "/api/investor/documents", files=paper)
    bill = {"file": ("bill.jpg", jpeg()), "step": "address", "kind": "utility_bill"}
    alice.ask("POST", "/api/investor/documents", files=bill)
    assert len(alice.ask("GET", "/api/investor/documents")["documents"]) == 2
    assert alice.ask("GET", "/api/profile/verification")["missing"] == []
    assert alice.ask("POST", "/api/investor/kyc")["status"] == "submitted"
    ben.ask("PATCH", "/api/profile/settings", {"country": "NL"})
    for method, path in (("POST", "start"), ("PUT", "about"), ("PUT", "address")):
        ben.ask(method, f"/api/investor/kyc/{path}")
    ben.ask("POST", "/api/investor/documents", files=paper)
    ben.ask("POST", "/api/investor/documents", files=bill)
    assert ben.ask("POST", "/api/investor/kyc")["status"] == "submitted"


def _deciding(story: Story) -> None:
    carol = story.programs["carol"]
    waiting = carol.ask("GET", "/api/admin/applications")["applications"]
    at = {"case_id": waiting[0]["id"]}
    assert carol.ask("GET", "/api/admin/applications/{case_id}", **at)["declared"]
    assert carol.ask("POST", "/api/admin/applications/{case_id}/decision", **at)["status"] == "approved"


def _investing(story: Story, deal_id: str) -> None:
    desk, carol, irene = story.desk, story.programs["carol"], story.programs["irene"]
    held = []
    for name in ("alice", "ben"):
        program = story.programs[name]
        with desk.session() as session:
            who = accounts.person_by_email(session, f"{name}@example.com")
            assert who is not None
        assert program.ask("GET", "/api/deals/{deal_id}/eligibility", deal_id=deal_id)["eligible"] is True
        wallet = {"walletAddress": chain.demo_address(who.id, desk.settings), "amount": "10000", "acceptTerms": True}
        made = program.ask("POST", "/api/deals/{deal_id}/invest", deal_id=deal_id)["investment"]
        program.ask("POST", "/api/investor/investments/{investment_id}/cancel", investment_id=made["id"])
        made = program.ask("POST", "/api/deals/{deal_id}/invest", wallet, deal_id=deal_id)["investment"]
        if name == "ben":
            story_people.pays_without_coin(story, name, made["id"])
        program.ask("POST", "/api/investor/investments/{investment_id}/sent", investment_id=made["id"])
        if name == "alice":
            desk.pay(made["id"])
        held.append(made["id"])
    desk.settle()
    ben = story.programs["ben"]
    assert ben.ask("GET", "/api/investor/investments/{investment_id}", investment_id=held[1])["status"] == "held"
    assert ben.ask("GET", "/api/investor/investments")["total"] == 2
    assert ben.ask("GET", "/api/investor/portfolio")["totals"][0]["inEscrow"] == "10000"
    assert carol.ask("GET", "/api/admin/escrows")["total"] == 2
    carol.ask("GET", "/api/admin/escrows/{investment_id}", investment_id=held[0])
    story_people.takes_back(story, "alice", held[0])
    carol.ask("POST", "/api/admin/escrows/{investment_id}/approve", investment_id=held[0])
    carol.ask("POST", "/api/admin/escrows/{investment_id}/reject", investment_id=held[1])
    desk.settle()
    assert carol.ask("GET", "/api/admin/escrows", query="?status=released")["total"] == 1
    story_people.claims(story, "alice", held[0])
    assert irene.ask("GET", "/api/issuer/deals/{deal_id}/investors", deal_id=deal_id)["total"] == 4
    assert irene.ask("GET", "/api/issuer/deals")["total"] == 1
    assert irene.ask("GET", "/api/issuer/dashboard")["byStatus"] == {"open": 1}


def _leaving(story: Story) -> None:
    alice = story.programs["alice"]
    alice.sign_in("alice@example.com", PASSWORD)
    alice.token = alice.ask("POST", "/api/auth/refresh")["token"]
    alice.ask("POST", "/api/auth/logout")
    assert alice.ask("GET", "/api/auth/me", well=False)["code"] == "token-invalid"
    alice.token = ""
    alice.sign_in("alice@example.com", PASSWORD)
    alice.ask("POST", "/api/profile/password")
    story.known["reset"] = story.link("reset", "alice@example.com")
    alice.token = ""
    alice.ask("POST", "/api/auth/reset")
    said = alice.ask("POST", "/api/auth/login", {"email": "alice@example.com", "password": PASSWORD}, well=False)
    assert said["code"] == "wrong-credentials"
