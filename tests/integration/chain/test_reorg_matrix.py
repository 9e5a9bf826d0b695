"""B19: every depth of a reorganisation with every outcome for a deposit, below and above finality.

Blocks here are final two blocks deep. A deposit lies in the lowest block that is lost. Down to finality nothing of a
lost branch is ever booked; below it, nothing moves until a person accepts the branch, and then the books follow it.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import select

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import TenantFactory, Token
from app.integrations.chain.port import Call, ChainUnavailable
from app.modules.chain import service as chain
from app.modules.chain import service_following as following
from app.modules.chain import tasks
from app.modules.chain.models_following import ChainReorg
from app.modules.ledger import service as ledger
from tenants import ids
from tenants.session import platform_session
from tests.conftest import found
from tests.support import tally
from tests.support.desk import Desk, two_agree

FINAL_AFTER = 2
AMOUNT = 500_000_000
DEPTHS = range(1, FINAL_AFTER + 3)


@dataclass
class Bench:
    """A deal that takes money, and what happens to one payment for it."""

    desk: Desk
    deal_id: UUID
    user_id: UUID
    investment_id: UUID = field(default_factory=ids.new)
    payer: str = ""
    open: Call = field(default_factory=lambda: Call(None, ""))

    @property
    def factory(self) -> TenantFactory:
        return TenantFactory(self.desk.factory)

    def ready(self) -> None:
        """Give the payer money that is allowed to the factory, in final blocks, with an investment that waits."""
        self.payer = chain.demo_address(self.user_id, self.desk.settings)
        self.investment_id = self.desk.expect(self.deal_id, self.user_id, AMOUNT)
        self.open = self.factory.open_escrow(self.investment_id, self.deal_id, AMOUNT, payer=self.payer, value=0)
        self.desk.rpc("anvil_setBalance", self.payer, hex(10**18))
        euro = Token(self.desk.euro)
        self.send(euro.mint(self.payer, AMOUNT), euro.approve(self.desk.factory, AMOUNT))
        self.desk.mine(FINAL_AFTER + 1)
        self.tick()

    def fields(self, call: Call, sender: str = "") -> dict[str, str]:
        assert call.to
        return {"from": sender or self.payer, "to": call.to, "data": call.data, "gas": hex(2_000_000)}

    def send(self, *calls: Call) -> None:
        for call in calls:
            self.desk.rpc("eth_sendTransaction", self.fields(call))

    def tick(self) -> None:
        try:
            self.desk.tick()
        except ChainUnavailable:
            tasks.tick(self.desk.settings, self.desk.ports)
            self.desk.deliver()

    def booked(self) -> int:
        """Return what the books hold for this investment."""
        with self.desk.session() as session:
            assert ledger.check(session) == []
            return ledger.balance(session, "escrow_held", asset=self.desk.asset.key, owner_id=self.investment_id)

    def on_chain(self) -> bool:
        """Tell whether the escrow stands in a final block."""
        port = self.desk.ports.chain
        return self.factory.escrow_of(port, self.investment_id, payer=self.payer, at="finalized").state != 0

    def settle(self) -> None:
        for _ in range(FINAL_AFTER + 1):
            self.desk.mine(1)
            self.tick()


@pytest.fixture(scope="module")
def office(chained: Settings) -> tuple[Desk, UUID]:
    desk = Desk.of(chained, found("acme", "Acme Real Assets"))
    deal_id = desk.open_deal()
    desk.rpc("anvil_autoImpersonateAccount", True)
    return desk, deal_id


@pytest.fixture
def bench(office: tuple[Desk, UUID]) -> Iterator[Bench]:
    desk, deal_id = office
    bench = Bench(desk, deal_id, desk.person())
    bench.ready()
    yield bench
    for alarm in following.following(desk.settings.chain_id).alarms:
        clear(bench, alarm.id)


def operator(bench: Bench) -> Actor:
    return Actor(bench.desk.site.id, ids.new(), frozenset({Role.SUPER_ADMIN}), "Sam")


def clear(bench: Bench, alarm_id: UUID) -> None:
    """Two operators end the freeze; here they are people of the tenant, where the installation's own site isn't."""
    two_agree(bench.desk, alarm_id)


def another_miner(bench: Bench) -> None:
    """See that the new branch is another one: with the same miner, second and transactions its blocks are the same."""
    bench.desk.rpc("anvil_setCoinbase", f"0x{ids.new().hex}00000000")


def same_height(bench: Bench, depth: int) -> None:
    bench.desk.rpc("anvil_reorg", depth, [[bench.fields(bench.open), 0]])


def other_log_index(bench: Bench, depth: int) -> None:
    mint = bench.fields(Token(bench.desk.euro).mint(bench.desk.factory, 1))
    bench.desk.rpc("anvil_reorg", depth, [[mint, 0], [bench.fields(bench.open), 0]])


def later(bench: Bench, depth: int) -> None:
    bench.desk.rpc("anvil_reorg", depth, [])
    bench.tick()
    bench.desk.mine(1)
    bench.send(bench.open)


def reverted_now(bench: Bench, depth: int) -> None:
    forbid = Token(bench.desk.euro).approve(bench.desk.factory, 0)
    bench.desk.rpc("anvil_reorg", depth, [[bench.fields(forbid), 0], [bench.fields(bench.open), 0]])


def replaced(bench: Bench, depth: int) -> None:
    bench.desk.rpc("anvil_reorg", depth, [[bench.fields(Token(bench.desk.euro).approve(bench.desk.factory, 1)), 0]])


def never(bench: Bench, depth: int) -> None:
    bench.desk.rpc("anvil_reorg", depth, [])


OUTCOMES: dict[str, tuple[Callable[[Bench, int], None], bool]] = {
    "re-included at the same height": (same_height, True),
    "re-included with another log index": (other_log_index, True),
    "re-included later": (later, True),
    "reverted now": (reverted_now, False),
    "replaced at the same nonce": (replaced, False),
    "never": (never, False),
}


# Looking at the last block alone differs where finality comes in one look; all of it is tried with PORTICO_DEEP.
CELLS = [
    (outcome, depth, looked)
    for outcome in OUTCOMES
    for depth in DEPTHS
    for looked in ("at every block", "only at the last one")
    if looked == "at every block" or depth == FINAL_AFTER + 1 or os.environ.get("PORTICO_DEEP")
]


@pytest.mark.parametrize(("outcome", "depth", "looked"), CELLS)
def test_the_books_follow_the_chain_and_nothing_else(bench: Bench, outcome: str, depth: int, looked: str) -> None:
    happen, returns = OUTCOMES[outcome]
    bench.send(bench.open)
    for _ in range(depth - 1):
        if looked == "at every block":
            bench.tick()
        bench.desk.mine(1)
    bench.tick()
    deep = depth > FINAL_AFTER
    assert bench.booked() == (AMOUNT if deep else 0)
    another_miner(bench)
    happen(bench, depth)
    bench.tick()
    if deep:
        people_decide(bench)
    bench.settle()
    assert bench.on_chain() is returns
    assert bench.booked() == (AMOUNT if returns else 0)
    assert bench.desk.escrow(bench.investment_id).status == ("held" if returns else "expected")
    assert following.is_frozen(bench.desk.settings.chain_id) is deep
    tally.count("B19: depth × outcome × how often it was looked at")


def people_decide(bench: Bench) -> None:
    """Final blocks are lost: everything stands still, however often it is looked at, until somebody accepts it."""
    chain_id = bench.desk.settings.chain_id
    until = time.monotonic() + 60
    bench.settle()
    while not (alarms := [one for one in following.following(chain_id).alarms if one.kind == "deep-reorg"]):
        told = [(one.kind, one.details) for one in following.following(chain_id).alarms]
        assert time.monotonic() < until, told  # a node that contradicts itself is left alone for a while first
        bench.tick()
    assert len(alarms) == 1
    assert following.is_frozen(chain_id)
    assert bench.booked() == AMOUNT
    with bench.desk.session() as session:
        following.accept_branch(
            session, actor=operator(bench), alarm_id=alarms[0].id, reason="the explorers say so", now=clock.now()
        )
    bench.tick()
    with platform_session() as session:
        lost = session.scalars(select(ChainReorg).order_by(ChainReorg.seen_at.desc()).limit(1)).one()
    assert lost.below_final


@pytest.mark.parametrize("depth", [1, FINAL_AFTER])
def test_a_deployment_that_vanishes_takes_its_deposits_with_it(bench: Bench, depth: int) -> None:
    desk, deal_id = bench.desk, ids.new()
    who = desk.ports.keys.address(f"operator-{desk.site.id}")
    desk.rpc("anvil_setBalance", who, hex(10**18))
    desk.rpc("eth_sendTransaction", bench.fields(bench.factory.create_token(deal_id, "A", "A", 18), who))
    made = bench.factory.deal_of(desk.ports.chain, deal_id, at="latest").token
    desk.mine(depth - 1) if depth > 1 else None
    bench.tick()
    never(bench, depth)
    bench.settle()
    assert desk.ports.chain.code(made, at="latest") == b""
    with desk.session() as session:
        assert chain.logs_about(session, deal_id) == []
    tally.count("B19: deployments that vanish")
