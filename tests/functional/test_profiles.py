"""Personal data and investor profiles, by the forms alone and through the JSON door."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.core.scopes import Scope
from app.core.sealed import Unsealable
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.audit.models import AuditEntry
from app.modules.deals import service as deals
from app.modules.investments import rules
from app.modules.investments import service as investments
from app.modules.investments.models import Investment
from app.modules.notifications.models import Mail, Notice
from app.modules.profiles import service
from app.modules.profiles.models import InvestorProfile, PersonalData
from app.modules.profiles.rules import plain_name
from app.modules.tokens import service as tokens
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.http import Visitor
from tests.support.investing import EUR, SETTINGS, Cast, open_deal, person
from tests.support.programs import Program
from tests.support.work import World

SAID = {
    "legal_name": "Alice Johanna Vermeer",
    "born": "1987-05-23",
    "nationality": "NL",
    "street": "Prinsengracht 12",
    "postcode": "1015 DK",
    "city": "Amsterdam",
    "country": "NL",
    "phone": "+31 20 123 4567",
    "tax_1_country": "NL",
    "tax_1_tin": "123456782",
    "tax_2_country": "AE",
    "tax_2_reason": "not-issued",
}
COMPANY = {
    "name": "Vermeer Holding B.V.",
    "number": "72349801",
    "country": "NL",
    "lei": "5493001KJTIIGC8Y1R12",
    "address": "Keizersgracht 100, Amsterdam",
    "owner_1_name": "Alice Vermeer",
    "owner_1_share": "100",
}


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def cast(acme: Site, now: datetime) -> Cast:
    with tenant_session(acme.id) as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER)
        alice = person(session, acme, "alice", now=now)
        return Cast(deal_id=open_deal(session, irene, now=now), alice=alice, irene=irene)


def enter(app: Platform, acme: Site, cast: Cast, name: str) -> Visitor:
    actor = cast.alice if name == "alice" else cast.irene
    with tenant_session(acme.id) as session:
        token = accounts.open_session(session, user_id=actor.require_id(), remote="127.0.0.1", now=clock.now())[0]
    visitor = Visitor(app, acme.host)
    visitor.client.set_cookie(accounts.cookie_name(secure=False), token, domain=acme.host)
    return visitor


@pytest.fixture
def alice(app: Platform, acme: Site, cast: Cast) -> Visitor:
    return enter(app, acme, cast, "alice")


def profile_id(acme: Site) -> str:
    with tenant_session(acme.id) as session:
        return str(session.scalars(select(InvestorProfile.id)).one())


def invested_as(browser: Visitor, holder: str) -> Visitor:
    """Go through the wizard in the name of `holder`, up to the review."""
    browser.get("/invest/harbour").submit("/invest/harbour")
    browser.submit(amount="10000").submit(investor=holder)
    browser.submit(**dict.fromkeys(rules.risks_of("debt"), "y")).submit()
    assert browser.path.endswith("/review"), browser.path
    return browser


def test_personal_data_is_kept_shown_again_and_changed(alice: Visitor) -> None:
    assert alice.get("/account/personal").form("").fields["legal_name"] == "Alice"
    alice.submit("", **SAID)
    assert "Your personal data is saved." in alice.text
    fields = alice.get("/account/personal").form("").fields
    assert {name: fields[name] for name in SAID} == {**SAID, "phone": "+31201234567"}
    alice.submit("", city="Utrecht")
    assert alice.get("/account/personal").form("").fields["city"] == "Utrecht"


def test_what_is_wrong_is_said_at_its_place_and_what_was_typed_stays(alice: Visitor) -> None:
    wrong = {**SAID, "phone": "call me", "tax_1_tin": "", "born": "2020-01-01"}
    alice.get("/account/personal").submit("", **wrong)
    assert alice.status == 422
    for name in ("phone", "tax_1_tin", "born"):
        assert f'id="{name}-e"' in alice.text, name
    assert alice.form("").fields["phone"] == "call me"
    assert "Enter the tax number, or choose why there is none." in unescape(alice.text)
    assert alice.get("/account/personal").form("").fields["city"] == ""


def test_personal_data_is_sealed_for_its_row_and_hidden_in_the_record(
    settings: Settings, alice: Visitor, acme: Site, cast: Cast
) -> None:
    alice.get("/account/personal").submit("", **SAID)
    alice.get("/account/profiles/new/company").submit("", **COMPANY)
    with tenant_session(acme.id) as session:
        rows = session.execute(text("SELECT p::text FROM app.personal_data p")).scalars().all()
        rows += session.execute(text("SELECT p::text FROM app.investor_profiles p")).scalars().all()
        acts = ("personal.updated", "investor_profile.added")
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.in_(acts)).order_by(AuditEntry.at)).all()
        assert len(rows) == len(entries) == 2
        told = "".join(rows) + "".join(f"{entry.before}{entry.after}" for entry in entries)
        assert {"born", "residences", "phone"} <= set(entries[0].after or {})
        kept = session.scalars(select(PersonalData)).one()
        other = session.scalars(select(InvestorProfile)).one()
        other.sealed = kept.sealed
        session.flush()
        with pytest.raises(Unsealable):
            service.details(session, actor=cast.alice, profile_id=other.id, secret_key=settings.secret_key)
    secrets = [*SAID.values(), "+31201234567", COMPANY["address"], COMPANY["lei"], COMPANY["number"]]
    words = [value for value in secrets if len(value) > 4 and value != "not-issued"]
    assert [value for value in words if value in told or value.encode().hex() in told] == []


def test_what_was_said_begins_the_verification(alice: Visitor) -> None:
    alice.get("/account/personal").submit("", **SAID)
    alice.post("/verification", {**alice.get("/verification").form("/verification").fields, "level": "standard"})
    about = alice.get("/verification/about").form("").fields
    assert (about["legal_name"], about["born"], about["nationality"]) == (SAID["legal_name"], SAID["born"], "NL")
    address = alice.get("/verification/address").form("").fields
    assert [address[name] for name in ("street", "postcode", "city", "country")] == [
        SAID[name] for name in ("street", "postcode", "city", "country")
    ]


@pytest.mark.parametrize(
    ("kind", "values", "shown"),
    [
        ("joint", {"name": "Ben Vermeer", "born": "1990-02-01", "email": "Ben@Example.org"}, "Alice & Ben Vermeer"),
        ("company", COMPANY, "Vermeer Holding B.V."),
        ("trust", {"name": "Vermeer Family Trust", "country": "GB", "trustees": "Ann\n\n Bo "}, "Vermeer Family Trust"),
    ],
)
def test_a_profile_is_added_changed_chosen_and_removed(
    alice: Visitor, acme: Site, kind: str, values: dict[str, str], shown: str
) -> None:
    assert "You invest in your own name so far" in alice.get("/account/profiles").text
    alice.get(f"/account/profiles/new/{kind}").submit("", **values)
    assert alice.path == "/account/profiles"
    assert shown in unescape(alice.text)
    known = profile_id(acme)
    alice.get(f"/account/profiles/{known}").submit("", name=values["name"] + " II")
    shown += " II"
    invested_as(alice, known)
    assert f"in the name of {shown}" in unescape(alice.text)
    alice.submit(commit="y")
    alice.get("/account/profiles").submit(f"{known}/remove")
    assert shown not in unescape(alice.text)
    with tenant_session(acme.id) as session:
        made = session.scalars(select(Investment)).one()
        assert (made.holder_kind, made.holder_name, made.status) == (kind, shown, "pledged")
    for path in (f"/investments/{made.id}", f"/investments/{made.id}/receipt", "/portfolio", "/portfolio.csv"):
        assert shown in unescape(alice.get(path).text), path


def test_the_issuer_sees_in_whose_name_it_is(app: Platform, acme: Site, cast: Cast, alice: Visitor) -> None:
    alice.get("/account/profiles/new/company").submit("", **COMPANY)
    invested_as(alice, profile_id(acme)).submit(commit="y")
    listed = enter(app, acme, cast, "irene").get(f"/issuer/deals/{cast.deal_id}/investors").text
    assert "Vermeer Holding B.V." in listed
    assert COMPANY["number"] not in listed


def test_a_profile_that_changed_its_name_is_asked_for_again(alice: Visitor, acme: Site) -> None:
    alice.get("/account/profiles/new/company").submit("", **COMPANY)
    known = profile_id(acme)
    review = invested_as(alice, known).path
    alice.get(f"/account/profiles/{known}").submit("", name="Another B.V.")
    alice.get(review).submit(commit="y")
    assert alice.status == 422
    alice.get("/account/profiles").submit(f"{known}/remove")
    alice.get(review).submit(commit="y")
    assert alice.status == 422


def test_a_company_of_a_country_that_is_kept_out_cannot_hold(alice: Visitor, acme: Site) -> None:
    alice.get("/account/profiles/new/company").submit("", **{**COMPANY, "country": "KP"})
    tenancy.change_settings(acme.id, {"blocked_countries": ["KP"]})
    alice.get("/invest/harbour").submit("/invest/harbour").submit(amount="10000")
    alice.submit(investor=profile_id(acme))
    assert alice.status == 409
    assert "offered in the country" in unescape(alice.text)
    alice.submit(investor="individual")
    assert alice.path.endswith("/risks")


def test_nobody_reaches_the_profiles_of_others(app: Platform, acme: Site, cast: Cast, alice: Visitor) -> None:
    alice.get("/account/profiles/new/company").submit("", **COMPANY)
    known = profile_id(acme)
    with tenant_session(acme.id) as session:
        mia = person(session, acme, "mia", now=clock.now())
    other = enter(app, acme, Cast(cast.deal_id, mia, cast.irene), "alice")
    missing = "0191b6a0-0000-7000-8000-000000000000"
    token = other.get("/account/profiles/new/trust").form("").fields["csrf_token"]
    for path in (f"/account/profiles/{known}", f"/account/profiles/{missing}"):
        assert other.get(path).status == 404
        assert other.post(path, {"csrf_token": token, **COMPANY}).status == 404
        assert other.post(path + "/remove", {"csrf_token": token}).status == 404
    other.get("/invest/harbour").submit("/invest/harbour").submit(amount="10000").submit(investor=known)
    assert other.status == 422
    assert enter(app, acme, cast, "irene").get("/account/profiles").status == 403
    assert Visitor(app, acme.host).get("/account/personal").path == "/login"


def test_programs_list_and_add_profiles_and_invest_in_their_name(app: Platform, acme: Site, cast: Cast) -> None:
    program = Program(app, acme.host)
    with tenant_session(acme.id) as session:
        now = clock.now()
        program.token = tokens.make_key(
            session,
            actor=cast.alice,
            name="Ledger",
            scopes=[Scope.READ, Scope.PROFILE, Scope.INVEST],
            expires_at=now + timedelta(days=1),
            now=now,
        )[1]
    made = program.ask("POST", "/api/profile/profiles")
    assert (made["kind"], made["name"]) == ("company", "Vermeer Holding B.V.")
    known = program.ask("GET", "/api/profile/profiles")["profiles"]
    assert [each["kind"] for each in known] == ["individual", "company"]
    bad = {
        "kind": "company",
        "name": "B",
        "number": "1",
        "country": "NL",
        "address": "C",
        "lei": "5493001KJTIIGC8Y1R13",
        "owners": [{"name": "A", "share": "20"}],
    }
    refused = program.ask("POST", "/api/profile/profiles", bad, well=False)
    assert set(refused["errors"]) == {"lei", "owners.0.share"}
    with tenant_session(acme.id) as session:
        deal = deals.for_investment(session, cast.deal_id)
        who: dict[str, Any] = {"actor": cast.alice, "deal": deal, "settings": SETTINGS, "now": clock.now()}
        offer = {"amount": 10_000 * EUR, "key": "key-of-a-company", "hashes": {}, "profile_id": UUID(made["id"])}
        assert investments.by_key(session, actor=cast.alice, key="key-of-a-company", digest="") is None
        investments.invest(session, **who, **offer)
    mine = program.ask("GET", "/api/investor/investments")["investments"]
    assert [(each["investor"], each["investorKind"]) for each in mine] == [("Vermeer Holding B.V.", "company")]


def joint(alice: Visitor, **changes: str) -> Visitor:
    said = {"name": "Ben Vermeer", "born": "1990-02-01", "email": "ben@example.org", **changes}
    return alice.get("/account/profiles/new/joint").submit("", **said)


def mailed(acme: Site) -> list[tuple[str, str, Any]]:
    with tenant_session(acme.id) as session:
        sent = session.scalars(select(Mail).where(Mail.kind == "joint-holder-named").order_by(Mail.id))
        return [(one.address, one.url, one.words) for one in sent]


def test_a_joint_holder_is_told_when_named_and_at_another_address(alice: Visitor, acme: Site, world: World) -> None:
    assert joint(alice).status == 200
    assert mailed(acme) == [("ben@example.org", "/", {"name": "Alice"})]
    path = f"/account/profiles/{profile_id(acme)}"
    alice.get(path).submit("", name="Benjamin Vermeer")
    assert len(mailed(acme)) == 1
    alice.get(path).submit("", email="benjamin@example.org")
    assert [address for address, _url, _words in mailed(acme)] == ["ben@example.org", "benjamin@example.org"]
    world.settle()
    shown = Visitor(alice.client.application, acme.host).get("/outbox").text
    assert "You were named as a joint holder" in shown
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Notice).where(Notice.kind == "joint-holder-named")).all() == []


def test_nobody_is_flooded_by_being_named(alice: Visitor, acme: Site) -> None:
    for number in range(8):
        assert joint(alice, name=f"Ben {number}").status == 200
    assert len(mailed(acme)) == 5


def test_a_name_in_a_mail_to_others_leads_nowhere() -> None:
    assert plain_name("Zoë O’Brien-Łukasz") == "Zoë O’Brien-Łukasz"
    for evil in (
        "Ann https://evil.example/x",
        "evil.example",
        "a@b.example",
        "Call +31 6 1234",
        "<b>x</b>",
        "x\ny" * 99,
    ):
        assert not set(plain_name(evil)) & set(".:/@<>+\n0123456789")
        assert len(plain_name(evil)) <= 60
