"""What the office and who runs the installation ask of the interface about money and the network."""

from uuid import UUID

from app.core import clock
from app.modules.chain import service as chain
from app.modules.chain import service_following as following
from app.modules.chain import tasks_contracts
from app.modules.escrow import service as escrow
from app.modules.escrow import service_reconciling
from app.modules.ledger.service import Difference
from tenants import ids
from tenants.session import platform_session
from tests.functional.story import Story
from tests.support import sample
from tests.support.investing import EUR

ESCROWS, APPROVALS = "/api/admin/escrows", "/api/admin/approvals/{approval_id}"


def network(story: Story, deal_id: str) -> None:
    """Ask for everything about money and the network, on the site's own host and on the console."""
    _strays(story, deal_id)
    _contracts(story, deal_id)
    _reconciling(story)
    _transactions(story)
    _operators(story)


def _strays(story: Story, deal_id: str) -> None:
    desk, carol = story.desk, story.programs["carol"]
    investment_id = desk.expect(UUID(deal_id), desk.person(), 10_000 * EUR)
    desk.pay(investment_id)
    with desk.session() as session:
        row = escrow.of_investment(session, investment_id)
        assert row is not None
        row.amount += 1
    desk.settle()
    (stray,) = carol.ask("GET", f"{ESCROWS}/strays")["deposits"]
    assert (stray["amount"], stray["currency"], stray["returningAt"]) == ("10000", "EUR", None)
    path = ESCROWS + "/strays/{stray_id}/return"
    assert carol.ask("POST", path, stray_id=stray["id"])["returningAt"]
    desk.settle()
    assert carol.ask("GET", f"{ESCROWS}/strays")["deposits"] == []
    assert carol.ask("POST", path, stray_id=ids.new(), well=False)["status"] == 404


def _contracts(story: Story, deal_id: str) -> None:
    desk, otto = story.desk, story.programs["otto"]
    before = otto.ask("GET", "/api/admin/assets")
    assert (before["contracts"], before["lookAsked"]) == ([], False)
    assert otto.ask("POST", "/api/admin/assets/refresh")["lookAsked"] is True
    tasks_contracts.refresh(desk.context)
    after = otto.ask("GET", "/api/admin/assets")
    kinds = {each["kind"]: each for each in after["contracts"]}
    assert (set(kinds), after["differences"]) == ({"factory", "token", "sale"}, [])
    assert kinds["sale"]["currency"] == "EUR"
    assert otto.ask("GET", "/api/admin/deployments")["total"] == 1
    with desk.session() as session:
        found = chain.deployment_of(session, UUID(deal_id))
        assert found is not None
        found.deployment.state, found.steps[-1].state, found.steps[-1].error = "failed", "failed", "TokenSale_Paused()"
    one = otto.ask("GET", "/api/admin/deployments/{deal_id}", deal_id=deal_id)
    assert (one["state"], one["steps"][-1]["meaning"]) == ("failed", "The sale is paused.")
    again = otto.ask("POST", "/api/admin/deployments/{deal_id}/retry", deal_id=deal_id)
    assert (again["state"], again["steps"][-1]["state"]) == ("running", "waiting")
    desk.settle()
    assert otto.ask("GET", "/api/admin/deployments/{deal_id}", deal_id=deal_id)["state"] == "done"
    assert otto.ask("GET", "/api/admin/chain")["transactions"]["final"] > 0
    assert otto.ask("GET", "/api/admin/chain/fees")["transactions"] > 0
    assert otto.ask("GET", "/api/admin/signing")["decisions"]
    assert otto.ask("GET", "/api/admin/sponsoring")["currency"] == "ETH"
    assert otto.ask("PUT", "/api/admin/sponsoring")["aDay"] == 3


def _standing_still(story: Story) -> str:
    """Let payouts stand still, and otto ask for a second person; return the request."""
    with story.desk.session() as session:
        told = [Difference(code="held", values={"asset": ids.new().hex}, booked=2, counted=1)]
        service_reconciling.note(
            session, chain_id=31337, block=9, journals=1, escrows=1, differences=told, now=clock.now()
        )
    return str(story.programs["otto"].ask("POST", "/api/admin/reconciliation/resume")["approvalId"])


def _reconciling(story: Story) -> None:
    otto, carol, read = story.programs["otto"], story.programs["carol"], "/api/admin/reconciliation"
    asked = _standing_still(story)
    shown = otto.ask("GET", read)
    assert (shown["standsStill"], shown["approvalId"]) == (True, asked)
    assert [(one["code"], one["booked"], one["counted"]) for one in shown["newest"]["differences"]] == [
        ("held", "2", "1")
    ]
    assert otto.ask("POST", APPROVALS + "/approve", approval_id=asked, well=False)["code"] == "own-request"
    assert otto.ask("POST", APPROVALS + "/withdraw", approval_id=asked)["state"] == "withdrawn"
    asked = str(otto.ask("POST", read + "/resume")["approvalId"])
    assert carol.ask("POST", APPROVALS + "/decline", approval_id=asked)["state"] == "declined"
    asked = str(otto.ask("POST", read + "/resume")["approvalId"])
    assert [one["id"] for one in carol.ask("GET", "/api/admin/approvals")["waiting"]] == [asked]
    assert carol.ask("GET", APPROVALS, approval_id=asked)["facts"][0]["counted"] == "1"
    assert carol.ask("POST", APPROVALS + "/approve", approval_id=asked)["state"] == "approved"
    story.desk.deliver()
    assert otto.ask("GET", read)["standsStill"] is False
    assert otto.ask("POST", read + "/resume", well=False)["code"] == "nothing-stands-still"


def _transactions(story: Story) -> None:
    otto, carol, one = story.programs["otto"], story.programs["carol"], "/api/admin/transactions/{intent_id}"
    with story.desk.session() as session:
        at, other = (
            {"intent_id": sample.stuck_transaction(session, story.desk, clock.now(), nonce=n)} for n in (900, 901)
        )
    listed = otto.ask("GET", "/api/admin/transactions", query="?state=stuck")
    assert {each["id"] for each in listed["transactions"]} >= {str(at["intent_id"]), str(other["intent_id"])}
    assert otto.ask("GET", one + "/bump", **at)["then"]["feePerGas"] == "1.125000001"
    assert carol.ask("GET", one + "/bump", **at, well=False)["status"] == 403
    assert carol.ask("POST", one + "/bump", **at, well=False)["status"] == 403
    assert len(otto.ask("POST", one + "/bump", **at)["attempts"]) == 2
    assert otto.ask("GET", one + "/cancel", **other)["now"]["feePerGas"] == "1"
    assert otto.ask("POST", one + "/cancel", **other)["cancelAskedAt"]
    assert carol.ask("GET", one, **other)["attempts"][0]["purpose"] == "filler"
    assert otto.ask("POST", one + "/cancel", **other, well=False)["code"] == "not-under-way"
    assert otto.ask("GET", one, intent_id=ids.new(), well=False)["status"] == 404


def _operators(story: Story) -> None:
    sam, alarm = story.programs["sam"], "/api/console/chain/alarms/{alarm_id}"
    assert str(story.desk.site.slug) in {
        one["tenant"] for one in sam.ask("GET", "/api/console/transactions")["transactions"]
    }
    with platform_session() as session:
        details = {"followed": 19, "final": 17, "node": 12}
        following.raise_alarm(
            session, chain_id=story.desk.settings.chain_id, kind="deep-reorg", details=details, now=clock.now()
        )
    shown = sam.ask("GET", "/api/console/chain")
    assert (shown["frozen"], shown["alone"]) == (True, True)
    (raised,) = (one for one in shown["alarms"] if one["kind"] == "deep-reorg")
    accepted = sam.ask("POST", alarm + "/accept", alarm_id=raised["id"])["alarms"]
    assert [one["accepted"] for one in accepted if one["id"] == raised["id"]] == [True]
    asked = sam.ask("POST", alarm + "/clear", alarm_id=raised["id"])["approvalId"]
    assert sam.ask("POST", alarm + "/clear", alarm_id=raised["id"], well=False)["code"] == "already-asked"
    assert sam.ask("POST", alarm + "/accept", alarm_id=ids.new(), well=False)["status"] == 404
    assert sam.ask("POST", APPROVALS + "/approve", approval_id=asked, well=False)["code"] == "own-request"
    try:
        assert sam.ask("POST", "/api/console/signer/halt")["state"] == "halted"
    finally:
        assert sam.ask("POST", "/api/console/signer/resume")["reason"] == ""
    scopes = sam.ask("GET", "/api/console/signer")["scopes"]
    limits = "/api/console/signer/limits/{scope}"
    assert sam.ask("PUT", limits, scopes["tenant"] | {"anHour": "1.5"}, scope="tenant")["scopes"]["tenant"][
        "anHour"
    ] == ("1.5")
    sam.ask("PUT", limits, scopes["tenant"], scope="tenant")
    refused = sam.ask("PUT", limits, scopes["whole"] | {"aDay": "1000001"}, scope="whole", well=False)
    assert set(refused["errors"]) == {"aDay"}
