"""One signature and one transaction instead of two transactions, where the payment token takes a permit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from werkzeug.test import TestResponse

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.integrations.chain import permits
from app.integrations.chain.contracts import Token
from app.lifecycle import Platform
from app.modules.chain import service as chain
from app.modules.chain import tasks_pricing
from tenants.service import Site
from tests.support import dealing
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor
from tests.support.investing import EUR, PASSWORD, answered, person, pledge


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Scene:
    """Alice before the payment of a pledge of 10,000, with a wallet that holds it."""

    desk: Desk
    alice: Visitor
    there: str
    wallet: LocalAccount

    def post(self, what: str, body: dict[str, Any]) -> TestResponse:
        token = self.alice.form("/payer").fields["csrf_token"]
        return self.alice.client.post(
            f"{self.there}/{what}",
            base_url=f"http://{self.alice.host}",
            json=body,
            headers={"X-CSRFToken": token},
        )

    def asked(self) -> dict[str, Any]:
        """Return the permit that the site asks the wallet for."""
        answer = self.post("payer", {"address": self.wallet.address})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()["permit"]
        return found

    def signed(self, permit: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Sign as a wallet does, after it asked its node for the nonce; `changes` are what it signs wrongly."""
        said = permit["typedData"]
        message = {name: value if value.startswith("0x") else int(value) for name, value in said["message"].items()}
        message["nonce"] = int(str(self.desk.rpc("eth_call", permit["nonce"], "latest")), 16)
        made = self.wallet.sign_typed_data(full_message={**said, "message": message | changes})
        sent = {"nonce": str(message["nonce"]), "deadline": str(message["deadline"])}
        return sent | {"signature": "0x" + made.signature.hex().removeprefix("0x")}

    def send(self, transaction: dict[str, Any]) -> None:
        raw = self.wallet.sign_transaction(
            {
                "chainId": transaction["chainId"],
                "to": transaction["to"],
                "data": transaction["data"],
                "value": int(transaction["value"], 16),
                "nonce": self.desk.ports.chain.nonce(self.wallet.address, at="latest"),
                "gas": chain.GAS["permit-deposit"],
                "maxFeePerGas": 10**10,
                "maxPriorityFeePerGas": 10**9,
            }
        )
        self.desk.ports.chain.send(bytes(raw.raw_transaction))
        self.desk.settle()


@pytest.fixture
def scene(app: Platform, chained: Settings, acme: Site) -> Scene:
    desk, now, wallet = Desk.of(chained, acme), clock.now(), Account.create()
    with desk.session() as session:
        irene = person(session, acme, "irene", now=now, role=Role.ISSUER)
    deal = dealing.deployed(desk, irene)
    with desk.session() as session:
        alice = person(session, acme, "alice", now=now, signs_in=True)
        made = pledge(session, alice, answered(session, alice, deal.id, now=now), now=now)
    desk.ports.chain.grant_coin(wallet.address, 10**18)
    mint = Token(desk.euro).mint(wallet.address, 10_000 * EUR)
    desk.rpc("anvil_impersonateAccount", wallet.address)
    desk.rpc("eth_sendTransaction", {"from": wallet.address, "to": mint.to, "data": mint.data})
    desk.rpc("anvil_stopImpersonatingAccount", wallet.address)
    desk.mine()
    tasks_pricing.look(chained, desk.ports.chain, now=now)
    there = f"/investments/{made.id}"
    browser = Visitor(app, acme.host).sign_in("alice@example.com", PASSWORD)
    browser.get(there + "/payment")
    return Scene(desk, browser, there, wallet)


def test_one_signature_and_one_transaction_pay(scene: Scene) -> None:
    permit = scene.asked()
    assert permit["typedData"]["message"]["value"] == str(10_000 * EUR)
    assert permit["typedData"]["message"]["spender"].lower() == scene.desk.factory.lower()
    [deposit] = scene.post("permit", scene.signed(permit)).get_json()["transactions"]
    before = scene.desk.ports.chain.nonce(scene.wallet.address, at="latest")
    scene.send(deposit)
    assert scene.desk.ports.chain.nonce(scene.wallet.address, at="latest") == before + 1
    assert "Confirmed" in scene.alice.get(scene.there).text
    assert Token(scene.desk.euro).balance_of(scene.desk.ports.chain, scene.wallet.address, at="latest") == 0


def test_a_signature_of_anything_else_is_refused_before_anybody_pays_for_it(scene: Scene) -> None:
    other = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    changes: list[dict[str, Any]] = [{"value": 1}, {"deadline": 2**40}, {"spender": other}]
    for change in changes:
        answer = scene.post("permit", scene.signed(scene.asked(), **change))
        assert answer.status_code == 422, change
        assert "the signature of the wallet that pays" in answer.text
    good = scene.signed(scene.asked())
    for wrong in (
        {"signature": "0x12"},
        {"signature": "zz"},
        {"nonce": "7"},
        {"deadline": "1"},
        {"nonce": "-1"},
        {"deadline": ""},
    ):
        assert scene.post("permit", good | wrong).status_code == 422, wrong
    assert scene.post("permit", good).status_code == 200


def test_the_page_says_what_the_network_takes_and_says_nothing_where_nothing_is_known(scene: Scene) -> None:
    assert "ETH" in scene.alice.get(scene.there + "/payment").text
    assert "at most about" in scene.alice.text
    estimate = chain.payment_estimate(scene.desk.settings.chain_id, scene.desk.euro, now=clock.now())
    assert estimate is not None
    assert 0 < estimate.amount < 10**17
    assert chain.estimate(1, "refund", now=clock.now()) is None


def test_a_token_whose_domain_is_not_what_it_states_takes_no_permit(scene: Scene) -> None:
    port, chain_id = scene.desk.ports.chain, scene.desk.settings.chain_id
    found = permits.domain_of(port, scene.desk.euro, chain_id=chain_id)
    assert found is not None
    assert (found.name, found.version) == ("Demo Euro", "1")
    assert permits.domain_of(port, scene.desk.euro, chain_id=1) is None
    assert permits.domain_of(port, scene.desk.factory, chain_id=chain_id) is None
    assert permits.domain_of(port, scene.wallet.address, chain_id=chain_id) is None
