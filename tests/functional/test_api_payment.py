"""Paying for a pledge and taking money back through the interface, on a real chain; and accepting one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from eth_account import Account

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import Token
from app.lifecycle import Platform
from app.modules.chain import service as chain
from app.modules.deals import service as deals
from tenants import ids
from tenants.service import Site
from tests.functional.files import pdf
from tests.functional.story_people import ONE, Payer, sponsoring
from tests.support import dealing
from tests.support.desk import Desk, fresh_chain
from tests.support.investing import EUR, PASSWORD, WALLET, person
from tests.support.programs import Program


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Scene:
    """A deal on the desk's chain with a document to accept, Alice's pledge of 10,000, and programs of alice and ben."""

    desk: Desk
    deal_id: UUID
    alice: Actor
    payer: Payer
    ben: Program
    investment_id: UUID

    @property
    def program(self) -> Program:
        return self.payer.program

    @property
    def at(self) -> dict[str, UUID]:
        return {"investment_id": self.investment_id}

    def refused(self, method: str, tail: str, body: dict[str, Any] | None = None) -> Any:
        return self.program.ask(method, f"{ONE}/{tail}", body, **self.at, well=False)


@pytest.fixture
def scene(app: Platform, chained: Settings, acme: Site) -> Scene:
    desk, now = Desk.of(chained, acme), clock.now()
    with desk.session() as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER, signs_in=True)
        alice = person(session, acme, "alice", now=now, signs_in=True)
        person(session, acme, "ben", now=now, signs_in=True)
    names = ("alice", "ben", "irene")
    alices, bens, irenes = (Program(app, acme.host).sign_in(f"{name}@example.com", PASSWORD) for name in names)
    deal_id = dealing.drafted(desk.site, irene, asset=dealing.euro_of(desk))
    room = {"file": ("sheet.pdf", pdf()), "title": "Sheet", "access": "public", "required": "true"}
    irenes.ask("POST", "/api/issuer/deals/{deal_id}/documents", files=room, deal_id=deal_id)
    with desk.session() as session:
        who: dict[str, Any] = {"actor": desk.system, "deal_id": deal_id, "now": now}
        deals.submit(session, ground=dealing.ground(desk.site), **who)
        deals.approve(session, **who)
        deals.open_deal(session, ground=dealing.ground(desk.site), **who)
    desk.settle()
    body = {"amount": "10000", "walletAddress": WALLET, "acceptTerms": True}
    made = alices.ask("POST", "/api/deals/{deal_id}/invest", body, deal_id=deal_id)["investment"]
    return Scene(desk, deal_id, alice, Payer(desk, alices, Account.create()), bens, UUID(made["id"]))


def test_a_program_pays_with_two_signatures_and_no_coin(scene: Scene) -> None:
    sponsoring(scene.desk)
    scene.payer.get_money(10_000 * EUR)
    _values_that_cannot_be(scene)
    before = scene.program.ask("GET", ONE + "/payment", **scene.at)
    assert (before["amount"], before["payer"], before["feePaid"]) == ("10000", WALLET, True)
    assert float(before["networkFee"]["amount"]) > 0
    told = scene.program.ask("POST", ONE + "/payer", {"walletAddress": scene.payer.wallet.address}, **scene.at)
    approve, deposit = told["transactions"]
    assert approve["to"].lower() == told["contract"].lower() == scene.desk.euro.lower()
    assert deposit["to"].lower() == scene.desk.factory.lower()
    again = scene.program.ask("GET", ONE + "/payment", **scene.at)
    assert (again["payer"], again["transactions"]) == (scene.payer.wallet.address, told["transactions"])
    permit = scene.payer.signed(told["permit"])
    forged = scene.payer.signed(told["permit"], value=1)
    assert scene.refused("POST", "permit", forged)["code"] == "permit-not-signed"
    asked = scene.program.ask("POST", ONE + "/permit", permit, **scene.at)["request"]
    body = {"permit": permit, "request": scene.payer.signed(asked)}
    _nothing_for_others(scene, body)
    twisted = {"permit": permit, "request": {**body["request"], "signature": permit["signature"]}}
    assert scene.refused("POST", "sponsored", twisted)["code"] == "request-not-signed"
    answer = scene.program.send("POST", ONE.format(**scene.at) + "/sponsored", json=body)
    assert answer.get_json()["code"] == "idempotency-key-needed"
    for _twice in range(2):
        scene.program.ask("POST", ONE + "/sponsored", body, key="payment-0001", **scene.at)
    assert scene.program.answer.headers["Idempotency-Replayed"] == "true"
    scene.desk.settle()
    assert scene.program.ask("GET", ONE, **scene.at)["status"] == "completed"
    wallet = scene.payer.wallet.address
    assert scene.desk.ports.chain.nonce(wallet, at="latest") == 0
    assert Token(scene.desk.euro).balance_of(scene.desk.ports.chain, wallet, at="latest") == 0
    for method, tail in (("GET", "payment"), ("POST", "renew")):
        assert scene.refused(method, tail)["code"] == "investment-moved-on"
    assert scene.refused("GET", "refund")["code"] == "escrow-too-early"
    assert scene.refused("GET", "claim")["code"] == "nothing-to-claim"


def _values_that_cannot_be(scene: Scene) -> None:
    good = {"nonce": "0", "deadline": "1790000000", "signature": "0x" + "5f" * 65}
    assert scene.refused("POST", "permit", good)["code"] == "permit-not-signed"
    for name, odd in (("nonce", "-1"), ("deadline", ""), ("nonce", "1" * 79), ("signature", "")):
        assert set(scene.refused("POST", "permit", {**good, name: odd})["errors"]) == {name}, (name, odd)
    assert set(scene.refused("POST", "payer", {"walletAddress": "0x12"})["errors"]) == {"walletAddress"}
    assert scene.program.ask("POST", ONE + "/renew", **scene.at)["status"] == "pledged"


def _nothing_for_others(scene: Scene, both: dict[str, Any]) -> None:
    for investment_id in (scene.investment_id, ids.new()):
        for method, tail, body in (
            ("GET", "payment", None),
            ("POST", "payer", {"walletAddress": WALLET}),
            ("POST", "permit", both["permit"]),
            ("POST", "sponsored", both),
            ("POST", "renew", None),
            ("GET", "refund", None),
            ("GET", "claim", None),
        ):
            said = scene.ben.ask(method, f"{ONE}/{tail}", body, investment_id=investment_id, well=False)
            assert (said["status"], said["code"]) == (404, "unknown-investment"), tail
    assert scene.program.ask("GET", ONE + "/payment", **scene.at)["payer"] == scene.payer.wallet.address


def test_money_of_a_failed_deal_is_claimed_with_the_transaction_that_is_answered(scene: Scene) -> None:
    _accepted_one_by_one(scene)
    desk = scene.desk
    wallet = chain.demo_address(scene.alice.require_id(), desk.settings)
    scene.program.ask("POST", ONE + "/payer", {"walletAddress": wallet}, **scene.at)
    desk.pay(scene.investment_id)
    desk.settle()
    with desk.session() as session:
        deals.close(session, actor=desk.system, deal_id=scene.deal_id, now=clock.now())
    desk.settle()
    desk.settle()
    [call] = scene.program.ask("GET", ONE + "/claim", **scene.at)["transactions"]
    with desk.session() as session:
        sale = deals.sale_of(session, scene.deal_id)
    assert sale is not None
    assert call["to"].lower() == sale.address.lower()
    assert scene.refused("GET", "refund")["code"] == "escrow-too-early"


def _accepted_one_by_one(scene: Scene) -> None:
    at = {"deal_id": scene.deal_id}
    asked = scene.ben.ask("GET", "/api/deals/{deal_id}/eligibility", **at)
    risks = [each["name"] for each in asked["risks"]]
    documents = {one["id"]: one["sha256"] for one in asked["documents"]}
    assert len(risks) > 2
    assert all(each["text"] for each in asked["risks"])
    assert len(documents) == 1
    body = {"amount": "10000", "walletAddress": WALLET, "acceptTerms": True, "risks": risks, "documents": documents}
    for name, wrong in (
        ("risks", risks[1:]),
        ("risks", [*risks, "weather"]),
        ("documents", {}),
        ("documents", dict.fromkeys(documents, "0" * 64)),
        ("documents", {str(ids.new()): "0" * 64} | documents),
        ("acceptTerms", False),
    ):
        said = scene.ben.ask("POST", "/api/deals/{deal_id}/invest", {**body, name: wrong}, **at, well=False)
        assert set(said["errors"]) == {name}, (name, wrong)
    made = scene.ben.ask("POST", "/api/deals/{deal_id}/invest", body, **at)["investment"]
    assert made["status"] == "pledged"
    scene.ben.ask("POST", ONE + "/cancel", investment_id=made["id"])
