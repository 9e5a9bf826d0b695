"""An investor is verified by an officer, through the pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.permissions import Actor, Role
from app.lifecycle import Platform
from app.modules.compliance import service
from app.modules.compliance.models import Case, CaseDocument
from app.modules.compliance.rules import Level, Status
from app.modules.notifications.models import Notice
from tenants.service import Site
from tenants.session import tenant_session
from tests.functional.accounts import PASSWORD, acts, events, person, signed_in
from tests.functional.verification import ABOUT, begin, complete, send_address, send_identity, sent_for_review
from tests.support.http import Visitor
from tests.support.work import World


@pytest.fixture
def alice(app: Platform, acme: Site) -> Visitor:
    person(acme, "alice")
    return signed_in(app, acme, "alice")


@pytest.fixture
def carol(app: Platform, acme: Site) -> Visitor:
    person(acme, "carol", Role.COMPLIANCE_OFFICER)
    return signed_in(app, acme, "carol")


WHYS = ("why_about", "why_identity", "why_address")


def case_of(site: Site) -> Case:
    with tenant_session(site.id) as session:
        return session.scalars(select(Case).order_by(Case.number.desc())).first() or pytest.fail("no case")


def sent_documents(site: Site) -> list[UUID]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(CaseDocument.document_id).order_by(CaseDocument.added_at)))


def case_page(carol: Visitor, site: Site) -> Visitor:
    return carol.get(f"/manage/compliance/{case_of(site).id}")


def decide(carol: Visitor, site: Site, **values: object) -> Visitor:
    return case_page(carol, site).submit("/decision", **{"reason": "Seen and compared.", **values})


def standing(site: Site) -> service.Standing:
    with tenant_session(site.id) as session:
        return service.status_of(session, case_of(site).user_id, clock.now())


def kinds_told(site: Site) -> list[str]:
    with tenant_session(site.id) as session:
        return list(session.scalars(select(Notice.kind).order_by(Notice.created_at, Notice.id)))


def test_a_new_investor_sees_what_is_needed(alice: Visitor) -> None:
    alice.get("/verification")
    assert alice.status == 200
    assert "Identity document" in alice.text
    assert "needed to invest here" in alice.text


def test_the_steps_lead_from_first_to_last(alice: Visitor, carol: Visitor, acme: Site, world: World) -> None:
    begin(alice)
    assert alice.path == "/verification/about"
    alice.submit("/verification/about", **ABOUT)
    assert alice.path == "/verification/identity"
    send_identity(alice)
    assert alice.path == "/verification/address"
    send_address(alice)
    assert alice.path == "/verification/review"
    assert "Götgatan 44" in alice.text
    assert "passport.jpg" in alice.text
    alice.submit("/verification/review")
    assert "In review" in alice.text
    assert standing(acme).status is Status.SUBMITTED
    assert "passport.jpg" in alice.text
    assert "Who opened your files" not in alice.text
    world.settle()
    carol.get("/manage/compliance")
    assert "alice@example.org" in carol.text
    decide(carol, acme, decision="approve")
    assert carol.status == 200
    assert "Approved" in carol.text
    after = standing(acme)
    assert (after.status, after.level) == (Status.APPROVED, Level.STANDARD)
    assert after.expires_at is not None
    assert after.expires_at > clock.now() + timedelta(days=700)
    assert [event["level"] for event in events(acme, "VerificationApproved")] == ["standard"]
    world.settle()
    assert kinds_told(acme) == ["verification-waiting", "verification-approved"]
    carol.get(f"/documents/{sent_documents(acme)[0]}")
    assert "You are verified" in alice.get("/verification").text
    assert "Who opened your files" in alice.text
    assert {"verification.submitted", "verification.approved"} <= set(acts(acme))


def test_only_the_parts_asked_for_again_open_again(alice: Visitor, carol: Visitor, acme: Site, world: World) -> None:
    sent_for_review(alice)
    decide(carol, acme, decision="more", again="address", why_address="too_old", message="A newer bill, please.")
    assert standing(acme).missing == ["address"]
    assert "A newer bill, please." in alice.get("/verification").text
    assert alice.get("/verification/identity").status == 404
    assert "older than three months" in alice.get("/verification/address").text
    send_address(alice)
    assert alice.path == "/verification/review"
    alice.submit("/verification/review")
    assert standing(acme).status is Status.SUBMITTED
    decide(carol, acme, decision="approve")
    assert standing(acme).level is Level.STANDARD


def test_a_refusal_says_why_and_leaves_the_level(alice: Visitor, carol: Visitor, acme: Site, world: World) -> None:
    sent_for_review(alice)
    decide(carol, acme, decision="reject")
    assert carol.status == 422
    assert "Choose at least one reason." in carol.text
    decide(carol, acme, decision="reject", reasons="not_confirmed", reason="The photograph differs: internal-canary")
    after = standing(acme)
    assert (after.status, after.level) == (Status.REJECTED, Level.BASIC)
    alice.get("/verification")
    assert "confirm your identity" in alice.text
    assert "internal-canary" not in alice.text
    assert len(events(acme, "VerificationRejected")) == 1
    begin(alice)
    assert alice.path == "/verification/about", "one may try again"


def test_a_case_is_decided_once(alice: Visitor, carol: Visitor, acme: Site) -> None:
    sent_for_review(alice)
    form = case_page(carol, acme).form("/decision")
    values = {**form.fields, "decision": "approve", "reason": "Seen."}
    carol.post(form.action, values)
    carol.post(form.action, values)
    assert carol.status == 409
    assert len(events(acme, "VerificationApproved")) == 1


def test_an_open_hit_forbids_approval(alice: Visitor, carol: Visitor, acme: Site) -> None:
    sent_for_review(alice)
    case_page(carol, acme).submit("/checks", kind="sanctions", outcome="open", finding="EU list, A. Lindqvist", note="")
    assert "EU list" in carol.text
    decide(carol, acme, decision="approve")
    assert carol.status == 409
    case_page(carol, acme)
    settle = next(form for form in carol.forms() if re.search(r"/checks/[0-9a-f-]{36}$", form.action))
    prefix = settle.action.rpartition("/")[2]
    sent = {**settle.fields, f"{prefix}-outcome": "cleared", f"{prefix}-note": "Thirty years older."}
    carol.post(settle.action, sent)
    assert carol.status == 200
    decide(carol, acme, decision="approve")
    assert standing(acme).status is Status.APPROVED


def test_an_officer_cannot_decide_about_herself(app: Platform, acme: Site) -> None:
    person(acme, "carol", Role.COMPLIANCE_OFFICER, Role.INVESTOR)
    carol = signed_in(app, acme, "carol")
    sent_for_review(carol)
    page = case_page(carol, acme)
    assert "another officer decides" in page.text
    token = page.form().fields["csrf_token"]
    sent = {"csrf_token": token, "decision": "approve", "reason": "Me.", **dict.fromkeys(WHYS, "too_old")}
    carol.post(f"/manage/compliance/{case_of(acme).id}/decision", sent)
    assert carol.status == 403
    assert standing(acme).status is Status.SUBMITTED


@pytest.mark.parametrize("role", [Role.INVESTOR, Role.ISSUER, Role.TENANT_ADMIN])
def test_nobody_but_officers_sees_cases(app: Platform, acme: Site, alice: Visitor, role: Role) -> None:
    complete(alice)
    person(acme, "someone", role)
    someone = signed_in(app, acme, "someone")
    assert someone.get("/manage/compliance").status == 403
    assert someone.get(f"/manage/compliance/{case_of(acme).id}").status == 403


def test_an_officer_of_another_tenant_finds_no_case(app: Platform, acme: Site, zeta: Site, alice: Visitor) -> None:
    complete(alice)
    person(zeta, "mallory", Role.COMPLIANCE_OFFICER)
    mallory = signed_in(app, zeta, "mallory")
    assert mallory.get(f"/manage/compliance/{case_of(acme).id}").status == 404
    assert mallory.get("/manage/compliance?queue=with_person").text.count("KYC-") == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("legal_name", "", "Enter your name."),
        ("legal_name", "x" * 121, "At most 120 characters."),
        ("born", "", "Enter your date of birth."),
        ("born", "tomorrow", "for example 1987-05-23"),
        ("born", "2020-01-01", "at least 18 years"),
        ("born", "1820-01-01", "Check the year."),
        ("nationality", "", "Choose your nationality."),
        ("nationality", "XX", "Not a valid choice"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_typed(alice: Visitor, field: str, value: str, words: str) -> None:
    begin(alice).submit("/verification/about", **{**ABOUT, field: value})
    assert alice.status == 422
    assert words in alice.text
    assert "1987-05-23" in alice.text or field == "born"


def test_an_incomplete_case_cannot_be_sent(alice: Visitor, acme: Site) -> None:
    begin(alice).submit("/verification/about", **ABOUT)
    token = alice.form().fields["csrf_token"]
    alice.post("/verification/review", {"csrf_token": token})
    assert alice.status == 422
    assert standing(acme).missing == ["identity", "address"]


def test_a_second_click_sends_nothing_twice(alice: Visitor, acme: Site) -> None:
    form = complete(alice).form("/verification/review")
    for _click in range(2):
        alice.post(form.action, form.fields)
        assert alice.path == "/verification"
    assert len(events(acme, "VerificationSubmitted")) == 1


def test_two_tabs_open_one_case(acme: Site) -> None:
    alice = person(acme, "alice")
    actor = Actor(acme.id, alice.id, alice.roles, alice.name)

    def start(_number: int) -> UUID:
        with tenant_session(acme.id) as session:
            return service.begin(session, actor=actor, level="standard", now=clock.now()).id

    with ThreadPoolExecutor(6) as tabs:
        assert len(set(tabs.map(start, range(6)))) == 1


def test_nothing_changes_while_it_is_in_review(alice: Visitor, acme: Site) -> None:
    begin(alice).submit("/verification/about", **ABOUT)
    form = alice.get("/verification/about").form("/verification/about")
    send_identity(alice)
    send_address(alice).submit("/verification/review")
    assert alice.post(form.action, {**form.fields, "legal_name": "Somebody Else"}).status == 404
    assert case_of(acme).declared["about"]["legal_name"] == "Alice Lindqvist"


def test_a_file_can_be_taken_back(alice: Visitor, acme: Site) -> None:
    complete(alice)
    alice.get("/verification/identity")
    remove = next(form for form in alice.forms() if form.action.endswith("/remove"))
    alice.post(remove.action, remove.fields)
    assert alice.path == "/verification/identity"
    assert standing(acme).missing == ["identity"]


def test_a_verification_runs_out_after_two_years_and_can_be_renewed(alice: Visitor, carol: Visitor, acme: Site) -> None:
    sent_for_review(alice)
    decide(carol, acme, decision="approve")
    user_id, later = case_of(acme).user_id, clock.now() + timedelta(days=731)
    with tenant_session(acme.id) as session:
        assert service.level_of(session, user_id, later) is Level.BASIC
        assert service.status_of(session, user_id, later).status is Status.EXPIRED
        session.scalars(select(Case)).one().expires_at = clock.now() - timedelta(days=1)
    alice.get("/verification")
    assert "has expired" in alice.text
    begin(alice)
    assert alice.path == "/verification/about"


def test_the_api_says_where_it_stands(alice: Visitor, acme: Site) -> None:
    begin(alice)
    signing_in = {"email": "alice@example.org", "password": PASSWORD}
    token = alice.client.post("/api/auth/login", base_url=f"http://{acme.host}", json=signing_in).get_json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert alice.get("/api/profile/verification").status == 401, "the API takes no cookie"
    answer = alice.get("/api/profile/verification", headers=bearer).page.get_json()
    assert (answer["status"], answer["level"], answer["missing"]) == (
        "collecting",
        "basic",
        ["about", "identity", "address"],
    )
    refused = alice.post("/api/investor/kyc", headers=bearer)
    assert refused.status == 422
    assert set(refused.page.get_json()["errors"]) == {"about", "identity", "address"}
