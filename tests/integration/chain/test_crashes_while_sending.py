"""Worker and signer die, or fail, at every named point: afterwards everything is as if nothing had happened."""

import ast
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from app.config import Settings
from app.core import clock
from app.integrations.chain.contracts import TOKEN, TenantFactory
from app.modules.chain import queries, queries_transactions, service, tasks_sending
from app.modules.chain.rules import RELEASES
from tenants import bootstrap, ids
from tenants.service import Site
from tenants.session import platform_session
from tests.support import tally
from tests.support.crashing import Crasher
from tests.support.desk import Desk, fresh_chain
from tests.support.releasing import Till
from tests.support.signing import SignerThread

ROOT = Path(__file__).resolve().parents[3]
WORKER = (
    "sign.uncommitted", "sign.asked", "sign.answered", "send.before", "send.after", "send.noted", "look.asked",
    "look.uncommitted", "look.noted",
)  # fmt: skip
GATHERING = ("gather.uncommitted", "gather.committed")
SIGNER = ("signer.loaded", "signer.signed", "signer.committed", "signer.signed-creation")
WAYS = ("kill", "raise")
TOGETHER = 2  # releases in a batch


@dataclass
class Scene:
    """A tenant's desk with money to release, and processes that die."""

    desk: Desk
    crasher: Crasher
    signer: SignerThread
    home: Path
    till: Till

    def ask(self) -> UUID:
        deal_id = ids.new()
        call = TenantFactory(self.desk.factory).create_token(deal_id, "Harbour", "HARB", 18)
        with self.desk.session() as session:
            return service.intend(
                session, key=f"token:{deal_id}", kind="deal.token", subject_id=deal_id,
                chain_id=self.desk.settings.chain_id, signer=service.operator_key(), call=call, now=clock.now(),
            ).id  # fmt: skip

    def push(self, intent_id: UUID) -> str:
        return tasks_sending.push(self.desk.context, intent_id)

    def finish(self, intent_id: UUID) -> None:
        for _ in range(6):
            if self.push(intent_id) == "final":
                return
            self.desk.mine(2)
        raise AssertionError("it doesn't end")

    def begin(self, role: str, point: str, how: str, intent_id: UUID | None = None) -> None:
        self.crasher.begin(
            home=str(self.home), rpc_url=self.desk.settings.rpc_url, signer_url=self.signer.url, role=role,
            point=point, how=how, tenant=str(self.desk.site.id), intent=str(intent_id),
        )  # fmt: skip

    def end_state(self, intent_id: UUID) -> dict[str, object]:
        """What became of it, without names, hashes and times."""
        with self.desk.session() as session:
            life = queries_transactions.life(session, intent_id)
            assert life is not None
            account = queries.account(session, life.intent.chain_id, next(iter(life.places.values())).sender)
            told = text("select count(*) from app.outbox_events where body->>'intent_id' = :id")
            events = session.execute(told, {"id": str(intent_id)}).scalar_one()
        with platform_session() as session:
            signed = text("select count(*) from platform.signer_decisions where subject = :id and verdict = 'signed'")
            signatures = session.execute(signed, {"id": str(intent_id)}).scalar_one()
        chain = self.desk.ports.chain
        deal = TenantFactory(self.desk.factory).deal_of(chain, life.intent.subject_id, at="latest")
        return {
            "intent": (life.intent.state, life.intent.succeeded, life.intent.error, life.intent.alert),
            "places": [place.state for place in life.places.values()],
            "attempts": [(one.state, one.purpose) for one in life.attempts],
            "signatures": signatures,
            "told": events,
            "on the chain": deal.stage == TOKEN,
            "nonces given but unused": account.next_nonce - chain.nonce(account.address, at="latest"),
        }

    def ask_together(self) -> tuple[list[UUID], list[UUID]]:
        """Ask for releases that will go together; return the intents and their investments."""
        investments = self.till.held[-TOGETHER:][::-1]
        return self.till.ask(TOGETHER), investments

    def finish_together(self, members: list[UUID]) -> None:
        for _ in range(6):
            if {self.push(one) for one in members} == {"final"}:
                return
            self.desk.mine(2)
        raise AssertionError("it doesn't end")

    def end_together(self, members: list[UUID], investments: list[UUID]) -> dict[str, object]:
        """What became of releases that went together, each and all, without names, hashes and times."""
        told = text("select name from app.outbox_events where body->>'intent_id' = :id")
        signed = text("select verdict from platform.signer_decisions where subject = any(:ids)")
        gathered = text(
            "select count(*) from app.chain_intents where kind = 'escrow.release_many' and state != 'final'"
        )
        with self.desk.session() as session:
            intents = [queries.intent(session, one) for one in members]
            [carried_by] = {one.carried_by for one in intents}
            assert carried_by is not None
            lives = [queries_transactions.life(session, one) for one in (carried_by, *members)]
            names = [list(session.execute(told, {"id": str(one)}).scalars()) for one in (carried_by, *members)]
            unfinished = session.execute(gathered, {"kind": RELEASES}).scalar_one()
            account = queries.account(session, intents[0].chain_id, self.desk.ports.keys.address(intents[0].signer))
        with platform_session() as session:
            verdicts = list(session.execute(signed, {"ids": [str(one) for one in (carried_by, *members)]}).scalars())
        chain = self.desk.ports.chain
        return {
            "intents": [(life.intent.state, life.intent.succeeded, life.intent.alone) for life in lives if life],
            "places": [[place.state for place in life.places.values()] for life in lives if life],
            "attempts": [[(one.state, one.purpose) for one in life.attempts] for life in lives if life],
            "hashes": len({one.tx_hash for one in intents}),
            "signatures": verdicts,
            "told": names,
            "carriers that didn't end": unfinished,
            "on the chain": [self.till.is_released(one) for one in investments],
            "nonces given but unused": account.next_nonce - chain.nonce(account.address, at="latest"),
        }


@pytest.fixture(scope="module")
def scene(
    settings: Settings, database: None, access: bootstrap.Access, signer: SignerThread,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:  # fmt: skip
    from tests.conftest import found  # noqa: PLC0415 - fixtures of a module found their own tenant

    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained, Crasher() as crasher:
        chained.save()
        desk = Desk.of(chained, found("acme", "Acme Real Assets"))
        till = Till(desk, desk.open_deal())
        till.pay(TOGETHER * (1 + len(WAYS) * (len(WORKER) + len(GATHERING) + 3)))
        yield Scene(desk, crasher, signer, chained.home, till)
        (chained.home / "settings.json").unlink()


@pytest.fixture(scope="module")
def undisturbed(scene: Scene) -> dict[str, object]:
    intent_id = scene.ask()
    scene.finish(intent_id)
    state = scene.end_state(intent_id)
    assert state["intent"] == ("final", True, "", "")
    assert state["nonces given but unused"] == 0
    return state


@pytest.fixture(scope="module")
def undisturbed_together(scene: Scene) -> dict[str, object]:
    members, investments = scene.ask_together()
    scene.finish_together(members)
    state = scene.end_together(members, investments)
    assert state["intents"] == [("final", True, False)] * (1 + TOGETHER)
    assert state["places"] == [["done"], *[[]] * TOGETHER]
    assert state["signatures"] == ["signed"]
    assert state["told"] == [["TransactionFinal"]] * (1 + TOGETHER)
    assert state["on the chain"] == [True] * TOGETHER
    assert (state["nonces given but unused"], state["carriers that didn't end"]) == (0, 0)
    return state


def test_every_failpoint_of_the_product_is_tried() -> None:
    named = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "failpoint":
                assert isinstance(node.args[0], ast.Constant)
                named.add(node.args[0].value)
    assert named == {*WORKER, *GATHERING, *SIGNER}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("point", WORKER)
def test_a_worker_that_ends_there_changes_nothing(
    scene: Scene, undisturbed: dict[str, object], point: str, how: str
) -> None:
    intent_id = scene.ask()
    scene.begin("worker", point, how, intent_id)
    assert scene.crasher.end() == {"kill": "killed", "raise": "failed"}[how]
    scene.finish(intent_id)
    assert scene.end_state(intent_id) == undisturbed
    tally.count("B16 crashes while sending: cells")


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("point", SIGNER[:3])
def test_a_signer_that_ends_there_changes_nothing(
    scene: Scene, undisturbed: dict[str, object], point: str, how: str
) -> None:
    intent_id = scene.ask()
    with scene.signer.away():
        pushing = threading.Thread(target=scene.push, args=(intent_id,))
        pushing.start()
        scene.begin("signer", point, how)
        assert scene.crasher.end() == {"kill": "killed", "raise": "failed"}[how]
    pushing.join(timeout=20)
    scene.finish(intent_id)
    assert scene.end_state(intent_id) == undisturbed
    tally.count("B16 crashes while sending: cells")


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("point", [*GATHERING, *WORKER])
def test_a_worker_that_ends_there_releases_all_that_go_together_once(
    scene: Scene, undisturbed_together: dict[str, object], point: str, how: str
) -> None:
    members, investments = scene.ask_together()
    scene.begin("worker", point, how, members[0])
    assert scene.crasher.end() == {"kill": "killed", "raise": "failed"}[how]
    scene.finish_together(members)
    assert scene.end_together(members, investments) == undisturbed_together
    tally.count("B16 crashes while sending together: cells")


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("point", SIGNER[:3])
def test_a_signer_that_ends_there_releases_all_that_go_together_once(
    scene: Scene, undisturbed_together: dict[str, object], point: str, how: str
) -> None:
    members, investments = scene.ask_together()
    with scene.signer.away():
        pushing = threading.Thread(target=scene.push, args=(members[0],))
        pushing.start()
        scene.begin("signer", point, how)
        assert scene.crasher.end() == {"kill": "killed", "raise": "failed"}[how]
    pushing.join(timeout=20)
    scene.finish_together(members)
    assert scene.end_together(members, investments) == undisturbed_together
    tally.count("B16 crashes while sending together: cells")


@pytest.mark.parametrize("how", WAYS)
def test_a_signer_that_ends_while_a_factory_is_made_leaves_one_factory(scene: Scene, zeta: Site, how: str) -> None:
    made: list[Desk] = []
    with scene.signer.away():
        founding = threading.Thread(target=lambda: made.append(Desk.of(scene.desk.settings, zeta)))
        founding.start()
        scene.begin("signer", SIGNER[3], how)
        assert scene.crasher.end() == {"kill": "killed", "raise": "failed"}[how]
    founding.join(timeout=30)
    with platform_session() as session:
        rows = text("select count(*), count(distinct nonce) from platform.chain_installations where name = :name")
        assert tuple(session.execute(rows, {"name": f"factory-{zeta.id}"}).one()) == (1, 1)
    assert made[0].ports.chain.code(made[0].factory, at="latest")
    tally.count("B16 crashes while sending: cells")
