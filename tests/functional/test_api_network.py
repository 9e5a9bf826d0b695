"""Who may ask the interface about money and the network, and what is refused; test_api_story asks for all of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from app.core import clock
from app.core.permissions import RECENT, Role
from app.lifecycle import Platform
from app.modules.approvals.models import Approval
from app.modules.audit.models import AuditEntry
from app.modules.chain import service as chain
from app.modules.chain import service_following as following
from app.modules.chain.models_following import ChainAlarm
from app.modules.chain.models_signer import SignerLimit
from app.modules.escrow import service_reconciling
from app.modules.ledger.service import Difference
from app.modules.tokens.models import Family
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session, tenant_session
from tests.functional.accounts import acts
from tests.support import tally
from tests.support.investing import PASSWORD, person
from tests.support.programs import Program
from tests.support.sample import found_console

OFFICE = (
    "transactions", "assets", "chain", "chain/fees", "deployments", "signing", "sponsoring", "reconciliation",
    "escrows/strays", "approvals",
)  # fmt: skip
OPERATORS = ("chain", "signer", "transactions")
SETTLING = "/api/admin/reconciliation/resume"


def program(app: Platform, site: Site, name: str, role: Role) -> Program:
    with tenant_session(site.id) as session:
        person(session, site, name, now=clock.now(), role=role, signs_in=True)
    return Program(app, site.host).sign_in(f"{name}@example.com", PASSWORD)


@pytest.fixture
def otto(app: Platform, acme: Site) -> Program:
    return program(app, acme, "otto", Role.TENANT_ADMIN)


@pytest.fixture
def carol(app: Platform, acme: Site) -> Program:
    return program(app, acme, "carol", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def console(database: None) -> Iterator[Site]:
    site = found_console()
    tenancy.change_settings(site.id, {"second_factor_roles": []})
    yield site
    with platform_session() as session:
        session.execute(delete(ChainAlarm))


@pytest.fixture
def sam(app: Platform, console: Site) -> Program:
    return program(app, console, "sam", Role.SUPER_ADMIN)


def standing_still(site: Site) -> None:
    with tenant_session(site.id) as session:
        told = [Difference(code="held", values={"asset": ids.new().hex}, booked=2, counted=1)]
        service_reconciling.note(
            session, chain_id=31337, block=9, journals=1, escrows=1, differences=told, now=clock.now()
        )


def grown_old(site: Site) -> None:
    with tenant_session(site.id) as session:
        session.execute(update(Family).values(created_at=clock.now() - RECENT))


def test_only_the_office_reads_a_sites_money_and_network(
    app: Platform, acme: Site, zeta: Site, otto: Program, carol: Program, sam: Program
) -> None:
    alice, mallory = program(app, acme, "alice", Role.INVESTOR), program(app, zeta, "mallory", Role.TENANT_ADMIN)
    stolen = Program(app, acme.host)
    stolen.token = mallory.token
    for name in OFFICE:
        path = f"/api/admin/{name}"
        asked = (otto, carol, alice, stolen, Program(app, acme.host))
        assert [one.send("GET", path).status_code for one in asked] == [200, 200, 403, 401, 401], path
        assert sam.send("GET", path).status_code == (200 if name == "approvals" else 404), path
    tally.count("B28 interface: readers of money and network turned away", len(OFFICE) * 3)


def test_only_operators_read_and_steer_what_is_of_the_installation(acme: Site, otto: Program, sam: Program) -> None:
    for name in OPERATORS:
        asked = [one.send("GET", f"/api/console/{name}").status_code for one in (sam, otto)]
        assert asked == [200, 404], name
    halted = otto.send("POST", "/api/console/signer/halt", json={"reason": "x"})
    assert halted.status_code == 404
    assert sam.send("GET", "/api/console/signer").get_json()["state"] != "halted"


def test_officers_read_but_do_not_steer(carol: Program) -> None:
    assert carol.ask("PUT", "/api/admin/sponsoring", well=False)["status"] == 403
    path = "/api/admin/deployments/{deal_id}/retry"
    assert carol.ask("POST", path, deal_id=ids.new(), well=False)["status"] == 403
    for verb in ("bump", "cancel"):
        one = "/api/admin/transactions/{intent_id}/" + verb
        assert [carol.ask(how, one, intent_id=ids.new(), well=False)["status"] for how in ("GET", "POST")] == [403, 403]


def test_administrators_do_not_send_deposits_back(otto: Program, carol: Program) -> None:
    path = "/api/admin/escrows/strays/{stray_id}/return"
    assert [one.ask("POST", path, stray_id=ids.new(), well=False)["status"] for one in (otto, carol)] == [403, 404]


def test_what_is_not_there_is_a_404_and_what_moves_money_needs_a_key(otto: Program, carol: Program) -> None:
    gone = ids.new()
    for verb in ("bump", "cancel"):
        path = f"/api/admin/transactions/{gone}/{verb}"
        assert otto.send("GET", path).status_code == 404
        assert otto.send("POST", path).get_json()["code"] == "idempotency-key-needed"
        assert otto.send("POST", path, headers={"Idempotency-Key": ids.new().hex}).status_code == 404
    assert otto.send("GET", f"/api/admin/deployments/{gone}").status_code == 404
    assert otto.send("POST", f"/api/admin/deployments/{gone}/retry").status_code == 404
    assert otto.send("POST", f"/api/admin/approvals/{gone}/withdraw").status_code == 404
    back = carol.send("POST", f"/api/admin/escrows/strays/{gone}/return")
    assert back.get_json()["code"] == "idempotency-key-needed"


@pytest.mark.parametrize("wish", [{"on": True, "aDay": 0}, {"on": True, "aDay": 51}, {"aDay": 1}, {"on": True}])
def test_a_wish_about_fees_out_of_range_changes_nothing(acme: Site, otto: Program, wish: dict[str, Any]) -> None:
    assert otto.ask("PUT", "/api/admin/sponsoring", wish, well=False)["status"] == 422
    assert otto.ask("GET", "/api/admin/sponsoring")["aDay"] == tenancy.site(acme.id).settings.sponsored_a_day
    assert "chain.fees-chosen" not in acts(acme)


def test_what_is_chosen_about_fees_is_kept_and_recorded(acme: Site, otto: Program) -> None:
    chosen = otto.ask("PUT", "/api/admin/sponsoring", {"on": True, "aDay": 7})
    assert (chosen["on"], chosen["aDay"], chosen["budget"]) == (True, 7, None)
    assert otto.ask("GET", "/api/admin/sponsoring") == chosen
    assert tenancy.site(acme.id).settings.sponsored_a_day == 7
    assert "chain.fees-chosen" in acts(acme)


def test_payouts_go_on_only_when_a_second_person_agrees(acme: Site, otto: Program, carol: Program) -> None:
    assert otto.ask("POST", SETTLING, well=False)["code"] == "nothing-stands-still"
    standing_still(acme)
    assert set(otto.ask("POST", SETTLING, {"reason": "  "}, well=False)["errors"]) == {"reason"}
    asked = otto.ask("POST", SETTLING)["approvalId"]
    assert otto.ask("POST", SETTLING, well=False)["code"] == "already-asked"
    one = "/api/admin/approvals/{approval_id}"
    assert otto.ask("POST", one + "/approve", approval_id=asked, well=False)["code"] == "own-request"
    assert otto.ask("POST", one + "/decline", approval_id=asked, well=False)["code"] == "own-request"
    assert carol.ask("POST", one + "/withdraw", approval_id=asked, well=False)["status"] == 404
    assert set(carol.ask("POST", one + "/approve", {"note": "x" * 501}, approval_id=asked, well=False)["errors"]) == {
        "note"
    }
    shown = carol.ask("POST", one + "/approve", {"note": "I looked too."}, approval_id=asked)
    assert (shown["state"], shown["note"], shown["facts"][0]["booked"]) == ("approved", "I looked too.", "2")
    assert carol.ask("POST", one + "/decline", approval_id=asked, well=False)["code"] == "approval-decided"
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Approval.state)).all() == ["approved"]
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.approved")).all()
        assert len(entries) == 1


def test_a_request_of_another_site_is_not_there(app: Platform, acme: Site, zeta: Site, otto: Program) -> None:
    standing_still(acme)
    asked = otto.ask("POST", SETTLING)["approvalId"]
    mallory = program(app, zeta, "mallory", Role.TENANT_ADMIN)
    for method, tail in (("GET", ""), ("POST", "/approve"), ("POST", "/decline"), ("POST", "/withdraw")):
        answer = mallory.ask(method, "/api/admin/approvals/{approval_id}" + tail, approval_id=asked, well=False)
        assert answer["status"] == 404
    with tenant_session(acme.id) as session:
        assert session.scalars(select(Approval.state)).all() == ["asked"]
        assert chain.payout_freeze(session) is not None


def test_two_person_deeds_want_a_recent_proof(acme: Site, otto: Program, carol: Program) -> None:
    standing_still(acme)
    asked = otto.ask("POST", SETTLING)["approvalId"]
    grown_old(acme)
    for one, path in (
        (otto, SETTLING),
        (carol, f"/api/admin/approvals/{asked}/approve"),
        (carol, f"/api/admin/approvals/{asked}/decline"),
    ):
        assert one.send("POST", path, json={}).get_json()["code"] == "step-up-needed", path
    assert otto.send("POST", f"/api/admin/approvals/{asked}/withdraw").status_code == 200


def test_an_alarm_is_decided_by_operators_who_have_just_shown_who_they_are(
    app: Platform, console: Site, sam: Program
) -> None:
    with platform_session() as session:
        for kind, about in (("node-out", {"nodes": "one.example"}), ("deep-reorg", {"followed": 9, "final": 7})):
            following.raise_alarm(session, chain_id=31337, kind=kind, details=about, now=clock.now())
    shown = sam.ask("GET", "/api/console/chain")
    alarms = {one["kind"]: one for one in shown["alarms"]}
    assert (shown["frozen"], alarms["deep-reorg"]["freezes"], alarms["node-out"]["freezes"]) == (True, True, False)
    assert alarms["node-out"]["about"] == "Out now: one.example"
    one = "/api/console/chain/alarms/{alarm_id}"
    for tail in ("/accept", "/clear"):
        harmless = sam.ask("POST", one + tail, alarm_id=alarms["node-out"]["id"], well=False)
        assert harmless["status"] == 404, "it ends by itself"
        assert sam.ask("POST", one + tail, {"reason": ""}, alarm_id=ids.new(), well=False)["status"] == 422
    asked = sam.ask("POST", one + "/clear", alarm_id=alarms["deep-reorg"]["id"])["approvalId"]
    alone = {each["kind"]: each for each in sam.ask("GET", "/api/console/chain")["alarms"]}["deep-reorg"]
    assert alone["approvalId"] == asked
    sue = program(app, console, "sue", Role.SUPER_ADMIN)
    path = "/api/admin/approvals/{approval_id}"
    assert sue.ask("POST", path + "/decline", approval_id=asked)["kind"] == "chain.unfreeze"
    assert following.is_frozen(31337)
    grown_old(console)
    for tail in ("accept", "clear"):
        answer = sam.send(
            "POST", f"/api/console/chain/alarms/{alarms['deep-reorg']['id']}/{tail}", json={"reason": "x"}
        )
        assert answer.get_json()["code"] == "step-up-needed"


@pytest.mark.parametrize("amount", ["-1", "1e3", "", "1000001", "0.0000000000000000001", "٣", "nan", "1,5"])
def test_limits_are_plain_coins_from_none_to_a_million(console: Site, sam: Program, amount: str) -> None:
    before = sam.ask("GET", "/api/console/signer")["scopes"]
    wish = before["tenant"] | {"anHour": amount}
    assert set(sam.ask("PUT", "/api/console/signer/limits/{scope}", wish, scope="tenant", well=False)["errors"]) == {
        "anHour"
    }
    assert sam.ask("GET", "/api/console/signer")["scopes"] == before
    assert "signer.limited" not in acts(console)


def test_limits_are_set_by_scope_and_recorded(console: Site, sam: Program) -> None:
    before = sam.ask("GET", "/api/console/signer")["scopes"]
    path, wish = "/api/console/signer/limits/{scope}", {"eachOne": "0.25", "anHour": "1", "aDay": "3.5"}
    try:
        assert sam.ask("PUT", path, wish, scope="tenant")["scopes"] == before | {"tenant": wish}
    finally:
        with platform_session() as session:
            session.execute(delete(SignerLimit))
    assert sam.send("PUT", f"/api/console/signer/limits/{ids.new()}", json=wish).status_code == 404
    assert "signer.limited" in acts(console)


def test_the_signer_is_halted_and_goes_on_and_the_record_says_who(console: Site, sam: Program) -> None:
    assert sam.ask("POST", "/api/console/signer/halt", {"reason": ""}, well=False)["status"] == 422
    try:
        said = sam.ask("POST", "/api/console/signer/halt", {"reason": "A key may be known."})
        assert (said["state"], said["reason"]) == ("halted", "A key may be known.")
    finally:
        said = sam.ask("POST", "/api/console/signer/resume")
    assert said["state"] != "halted"
    assert [act for act in acts(console) if act.startswith("signer.")] == ["signer.halted", "signer.resumed"]


def test_signing_goes_on_and_gets_more_only_by_who_has_just_shown_who_they_are(console: Site, sam: Program) -> None:
    limits = sam.ask("GET", "/api/console/signer")["scopes"]
    grown_old(console)
    for method, path, body in (
        ("POST", "/api/console/signer/resume", {}),
        ("PUT", "/api/console/signer/limits/whole", {"eachOne": "1", "anHour": "1", "aDay": "1"}),
    ):
        assert sam.send(method, path, json=body).get_json()["code"] == "step-up-needed", path
    assert sam.ask("GET", "/api/console/signer")["scopes"] == limits
