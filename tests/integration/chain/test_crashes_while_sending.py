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
from tenants import bootstrap, ids
from tenants.service import Site
from tenants.session import platform_session
from tests.support import tally
from tests.support.crashing import Crasher
from tests.support.desk import Desk, fresh_chain
from tests.support.signing import SignerThread

ROOT = Path(__file__).resolve().parents[3]
WORKER = (
    "sign.uncommitted", "sign.asked", "sign.answered", "send.before", "send.after", "send.noted", "look.asked",
    "look.uncommitted", "look.noted",
)  # fmt: skip
SIGNER = ("signer.loaded", "signer.signed", "signer.committed", "signer.signed-creation")
WAYS = ("kill", "raise")


@dataclass
class Scene:
    """A tenant's desk, and processes that die."""

    desk: Desk
    crasher: Crasher
    signer: SignerThread
    home: Path

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


@pytest.fixture(scope="module")
def scene(
    settings: Settings, database: None, access: bootstrap.Access, signer: SignerThread,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:  # fmt: skip
    from tests.conftest import found  # noqa: PLC0415 - fixtures of a module found their own tenant

    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained, Crasher() as crasher:
        chained.save()
        yield Scene(Desk.of(chained, found("acme", "Acme Real Assets")), crasher, signer, chained.home)
        (chained.home / "settings.json").unlink()


@pytest.fixture(scope="module")
def undisturbed(scene: Scene) -> dict[str, object]:
    intent_id = scene.ask()
    scene.finish(intent_id)
    state = scene.end_state(intent_id)
    assert state["intent"] == ("final", True, "", "")
    assert state["nonces given but unused"] == 0
    return state


def test_every_failpoint_of_the_product_is_tried() -> None:
    named = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "failpoint":
                assert isinstance(node.args[0], ast.Constant)
                named.add(node.args[0].value)
    assert named == {*WORKER, *SIGNER}


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
