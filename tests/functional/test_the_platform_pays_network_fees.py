"""Two signatures and no transaction: the platform sends the payment of a wallet that has no coin, out of a budget."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from eth_account import Account
from sqlalchemy import delete, select

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.integrations.chain.contracts import Forwarder, Token
from app.integrations.chain.port import ChainUnavailable
from app.lifecycle import Platform
from app.modules.chain import queries_sponsoring, service_sponsoring, tasks_pricing, tasks_sponsoring
from app.modules.chain.cli_sponsoring import sponsor
from app.modules.chain.models import ChainInstallation, ChainIntent
from app.modules.chain.rules_sponsoring import MOST_BUDGET, most
from app.modules.chain.service_prices import gas_price
from app.modules.chain.tasks_installing import Deployer, ensure_call
from app.modules.investments.models import Investment
from app.modules.ledger import service as ledger
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session
from tests.functional.test_paying_with_a_permit import Scene
from tests.support import dealing, tally
from tests.support.desk import Desk, fresh_chain
from tests.support.http import Visitor
from tests.support.investing import EUR, PASSWORD, answered, person, pledge

COIN = 10**18


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@pytest.fixture
def desk(app: Platform, chained: Settings, acme: Site) -> Desk:
    desk = Desk.of(chained, acme)
    tasks_pricing.look(chained, desk.ports.chain, now=clock.now())
    return desk


@pytest.fixture
def scene(app: Platform, desk: Desk) -> Scene:
    """Alice before the payment of a pledge; her wallet has the money and not one wei of coin."""
    now, site = clock.now(), desk.site
    tenancy.change_settings(site.id, {"second_factor_roles": []})
    with desk.session() as session:
        irene = person(session, site, "irene", now=now, role=Role.ISSUER)
    deal = dealing.deployed(desk, irene)
    with desk.session() as session:
        alice = person(session, site, "alice", now=now, signs_in=True)
        made = pledge(session, alice, answered(session, alice, deal.id, now=now), now=now)
        person(session, site, "otto", now=now, role=Role.TENANT_ADMIN, signs_in=True)
    wallet = Account.create()
    _sends(desk, Account.create().address, desk.euro, Token(desk.euro).mint(wallet.address, 10_000 * EUR).data)
    there = f"/investments/{made.id}"
    browser = Visitor(app, site.host).sign_in("alice@example.com", PASSWORD)
    browser.get(there + "/payment")
    return Scene(desk, browser, there, wallet)


def _sends(desk: Desk, sender: str, to: str, data: str) -> None:
    """Let somebody send a call who isn't in the story."""
    desk.rpc("anvil_setBalance", sender, hex(COIN))
    desk.rpc("anvil_impersonateAccount", sender)
    desk.rpc("eth_sendTransaction", {"from": sender, "to": to, "data": data})
    desk.rpc("anvil_stopImpersonatingAccount", sender)
    desk.mine()


def give(desk: Desk, budget: str = "0.5", *, period: str = "month") -> str:
    """Set the budget as the operator does, and switch it on as an administrator does."""
    tenancy.change_settings(desk.site.id, {"sponsor_fees": True})
    asked = ["--tenant", desk.site.slug, "--budget", budget, "--period", period]
    done = CliRunner().invoke(sponsor, asked, obj=desk.settings)
    assert done.exit_code == 0, done.output
    return done.output


def signed(scene: Scene, asked: dict[str, Any]) -> dict[str, Any]:
    """Sign the request as a wallet does: the permit's way, with the bytes of the call."""
    said = asked["typedData"]
    message = dict(said["message"])
    message |= {name: int(message[name]) for name in ("value", "gas", "deadline")}
    message |= {"nonce": int(str(scene.desk.rpc("eth_call", asked["nonce"], "latest")), 16)}
    message |= {"data": bytes.fromhex(message["data"].removeprefix("0x"))}
    made = scene.wallet.sign_typed_data(full_message={**said, "message": message})
    sent = {"nonce": str(message["nonce"]), "deadline": str(message["deadline"])}
    return sent | {"signature": "0x" + made.signature.hex().removeprefix("0x")}


def both(scene: Scene) -> dict[str, Any]:
    """Return what the script sends once the wallet has signed twice."""
    permit = scene.signed(scene.asked())
    asked = scene.post("permit", permit).get_json()["request"]
    assert asked is not None
    return signed(scene, asked) | {f"permit-{name}": value for name, value in permit.items()}


def intents(desk: Desk) -> list[ChainIntent]:
    with desk.session() as session:
        return list(session.scalars(select(ChainIntent).where(ChainIntent.kind == "gas.sponsor")))


def test_a_wallet_without_coin_pays_once_and_the_budget_pays_for_it(scene: Scene, app: Platform) -> None:
    desk = scene.desk
    assert "0.5 of 0.5 ETH left" in give(desk)
    assert "The platform pays the network fee" in scene.alice.get(scene.there + "/payment").text
    body = both(scene)
    answer = scene.post("sponsored", body)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["next"] == scene.there
    assert scene.post("sponsored", body).status_code == 200
    shown = scene.alice.get(scene.there).text
    assert "Payment on its way" in shown
    desk.settle()
    assert "Confirmed" in scene.alice.get(scene.there).text
    assert desk.ports.chain.nonce(scene.wallet.address, at="latest") == 0
    assert Token(desk.euro).balance_of(desk.ports.chain, scene.wallet.address, at="latest") == 0
    assert _post(scene.alice, f"{scene.there}/sponsored", body) == 409
    [intent] = intents(desk)
    assert intent.state == "final"
    _the_books_agree(desk, intent)
    _administrators_see_and_switch_it(scene, app)


def _the_books_agree(desk: Desk, intent: ChainIntent) -> None:
    tasks_sponsoring.look(Deployer(desk.settings, desk.ports, clock.now))
    with desk.session() as session:
        found = service_sponsoring.budget(session, desk.settings.chain_id)
        booked = ledger.amounts(session, kind="gas", account="gas_paid")[f"gas:{intent.id}"]
    assert found is not None
    assert found.left == found.free < found.budget
    assert booked == (intent.gas_used or 0) * (intent.gas_price or 0)
    spent = found.budget - found.left
    assert abs(spent - booked) < booked // 4, "the contract's count is near what the transaction cost"
    tally.count("Sponsored gas: the contract's count in per cent of the fee", spent * 100 // booked)


def _administrators_see_and_switch_it(scene: Scene, app: Platform) -> None:
    otto = Visitor(app, scene.desk.site.host).sign_in("otto@example.com", PASSWORD)
    shown = otto.get("/manage/chain/sponsoring").text
    assert "0.5" in shown
    assert "Alice" in shown
    assert otto.submit("/manage/chain/sponsoring", a_day="0", on="y").status == 422
    assert "from 1 to 50" in otto.text
    assert "Saved." in otto.submit("/manage/chain/sponsoring", a_day="2", on=None).text
    kept = tenancy.site(scene.desk.site.id).settings
    assert (kept.sponsor_fees, kept.sponsored_a_day) == (False, 2)
    assert scene.alice.get("/manage/chain/sponsoring").status in (403, 404)


def test_a_request_that_failed_is_not_sent_again_and_the_page_falls_back(scene: Scene) -> None:
    """The money left the wallet after the signature: the factory refuses, and the request is spent."""
    give(scene.desk)
    body, desk = both(scene), scene.desk
    data = "0xa9059cbb" + f"{int(desk.factory, 16):064x}" + f"{10_000 * EUR:064x}"  # transfer(factory, all)
    _sends(desk, scene.wallet.address, desk.euro, data)
    assert scene.post("sponsored", body).status_code == 200
    desk.settle()
    assert [one.state for one in intents(desk)] == ["refused"]
    shown = scene.alice.get(scene.there + "/payment").text
    assert "We couldn’t send your payment" in shown
    assert "The platform pays the network fee" in shown
    assert _post(scene.alice, f"{scene.there}/sponsored", body) == 409


def test_forged_twisted_and_late_signatures_and_other_people_are_refused(scene: Scene, app: Platform) -> None:
    give(scene.desk)
    permit = scene.signed(scene.asked())
    good = both(scene)
    asked = scene.post("permit", permit).get_json()["request"]
    forged = signed(replace(scene, wallet=Account.create()), asked)["signature"]
    said = asked["typedData"]
    hungry = asked | {"typedData": {**said, "message": said["message"] | {"gas": "9000000"}}}
    wrong = [
        {"signature": forged},
        {"signature": good["permit-signature"]},
        {"signature": signed(scene, hungry)["signature"]},
        {"signature": "0x12"},
        {"nonce": "1"},
        {"nonce": "-1"},
        {"nonce": str(2**70)},
        {"deadline": str(int(good["deadline"]) + 1)},
        {"deadline": "1"},
        {"permit-signature": forged},
        {"permit-nonce": ""},
    ]
    for change in wrong:
        assert scene.post("sponsored", good | change).status_code == 422, change
    tally.count("Sponsored gas: forged and twisted requests refused", len(wrong))
    with scene.desk.session() as session:
        person(session, scene.desk.site, "bob", now=clock.now(), signs_in=True)
    for name in ("bob", "otto"):
        other = Visitor(app, scene.desk.site.host).sign_in(f"{name}@example.com", PASSWORD)
        assert _post(other.get("/account/security"), f"{scene.there}/sponsored", good) in (403, 404), name
    assert intents(scene.desk) == []
    assert scene.post("sponsored", good).status_code == 200


def test_without_budget_switch_or_room_the_wallet_pays_itself(scene: Scene) -> None:
    desk, chain_id = scene.desk, scene.desk.settings.chain_id
    assert "The platform pays the network fee" not in scene.alice.get(scene.there + "/payment").text
    price = gas_price(chain_id, now=clock.now())
    assert price is not None
    short = f"{(most(price) - 1) / Decimal(COIN):.18f}"
    give(desk, short)
    shown = scene.alice.get(scene.there + "/payment").text
    assert "its budget doesn’t reach" in shown
    assert "The platform pays the network fee" not in shown
    answer = scene.post("permit", scene.signed(scene.asked())).get_json()
    assert answer["request"] is None
    assert len(answer["transactions"]) == 1
    give(desk, f"{most(price) * 3 // 2 / Decimal(COIN):.18f}")
    body = both(scene)
    tenancy.change_settings(desk.site.id, {"sponsor_fees": False})
    assert scene.post("sponsored", body).status_code == 409
    for amount in ("0", short):
        give(desk, amount)
        assert scene.post("sponsored", body).status_code == 409
    assert intents(desk) == []
    give(desk, f"{most(price) * 3 // 2 / Decimal(COIN):.18f}")
    tenancy.change_settings(desk.site.id, {"sponsored_a_day": 1})
    assert scene.post("sponsored", body).status_code == 200
    with desk.session() as session:
        bob = person(session, desk.site, "bob", now=clock.now()).require_id()
        alice = session.scalars(select(Investment.user_id)).one()
        refused = [
            service_sponsoring.fee_refusal(session, chain_id=chain_id, user_id=each, now=clock.now())
            for each in (bob, alice)
        ]
    assert isinstance(refused[0], service_sponsoring.FeeBudgetSpent), "what is promised to one isn't another's"
    assert isinstance(refused[1], service_sponsoring.FeeLimitReached)


def test_a_chain_whose_clock_is_ahead_takes_the_signature(scene: Scene) -> None:
    """As on a local chain that days were let pass on: the signature is good by the chain's clock."""
    scene.desk.travel(timedelta(days=3))
    scene.desk.tick()
    give(scene.desk)
    assert scene.post("sponsored", both(scene)).status_code == 200
    scene.desk.settle()
    assert [one.state for one in intents(scene.desk)] == ["final"]


def _post(visitor: Visitor, path: str, body: dict[str, Any]) -> int:
    headers = {"X-CSRFToken": visitor.form().fields["csrf_token"]}
    sent = visitor.client.post(path, base_url=f"http://{visitor.host}", json=body, headers=headers)
    return sent.status_code


def test_a_new_period_fills_the_budget_again(desk: Desk) -> None:
    give(desk, period="week")
    chain_id, forwarder = desk.settings.chain_id, ""
    later = Deployer(desk.settings, desk.ports, lambda: clock.now() + timedelta(days=7))
    tasks_sponsoring.look(Deployer(desk.settings, desk.ports, lambda: clock.now() + timedelta(days=6)))
    with desk.session() as session:
        row = queries_sponsoring.budget(session, chain_id)
        assert row is not None
        assert (row.round, row.told) == (1, 1)
        forwarder = queries_sponsoring.forwarder(chain_id)
    tasks_sponsoring.look(later)
    with desk.session() as session:
        row = queries_sponsoring.budget(session, chain_id)
        assert row is not None
        assert (row.round, row.told, row.left) == (2, 2, COIN // 2)
    contract = Forwarder(forwarder)
    assert contract.budget_of(desk.ports.chain, desk.factory, at="latest") == COIN // 2
    assert contract.is_relayer(desk.ports.chain, desk.ports.keys.address(f"operator-{desk.site.id}"), at="latest")
    with platform_session() as session:
        made = select(ChainInstallation.name).where(ChainInstallation.name.startswith("relayer-"))
        assert session.scalars(made).all().count(f"relayer-{desk.site.id}") == 1


def test_the_owners_key_lets_nobody_elses_key_spend_and_sets_no_other_budget(desk: Desk) -> None:
    give(desk)
    forwarder = Forwarder(queries_sponsoring.forwarder(desk.settings.chain_id))
    deployer, site = Deployer(desk.settings, desk.ports, clock.now), desk.site
    stranger = Account.create().address
    wrong = {
        f"relayer-{ids.new()}": forwarder.set_relayer(stranger, allowed=True),
        f"budget-{site.id}-7": forwarder.set_budget(stranger, COIN),
        f"budget-{site.id}-8": forwarder.set_budget(desk.factory, MOST_BUDGET + 1),
        f"budget-{site.id}-9": replace(forwarder.set_budget(desk.factory, COIN), to=stranger),
        f"budget-{site.id}-10": forwarder.set_relayer(desk.ports.keys.address(f"operator-{site.id}"), allowed=True),
        "budget-nobody": forwarder.set_budget(desk.factory, COIN),
    }
    for name, call in wrong.items():
        with pytest.raises(ChainUnavailable, match="The signer does not sign"):
            ensure_call(deployer, name, call)
        with platform_session() as session:
            session.execute(delete(ChainInstallation).where(ChainInstallation.name == name))
    tally.count("Sponsored gas: calls of the owner's key refused", len(wrong))


def test_the_command_says_how_it_stands_and_refuses_nonsense(desk: Desk) -> None:
    def run(*words: str) -> str:
        return CliRunner().invoke(sponsor, ["--tenant", desk.site.slug, *words], obj=desk.settings).output

    assert "no budget" in run()
    assert "isn't a number" in run("--budget", "much")
    assert "from 0 to 100" in run("--budget", "101")
    assert "haven't switched it on" in run("--budget", "0.1")
    assert "There is no tenant" in CliRunner().invoke(sponsor, ["--tenant", "nobody"], obj=desk.settings).output
