"""B18: a node that is down, slow, stale or lying, alone and as one of three. No wrong credit, no second sending."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.core import clock
from app.integrations.chain import pool, pool_votes
from app.integrations.chain.contracts import TenantFactory
from app.integrations.chain.port import Chain, ChainUnavailable
from app.modules.chain import queries, service, service_following, tasks, tasks_watching
from app.modules.chain.models import ChainLog
from tenants import ids
from tests.conftest import found
from tests.support import liar as liars
from tests.support import tally
from tests.support.desk import Desk
from tests.support.liar import Liar


@dataclass
class Room:
    """A desk whose chain is reached through a liar, and the real chain beside it."""

    desk: Desk
    liar: Liar
    real: Chain
    office: Desk

    @property
    def operator(self) -> str:
        return self.desk.ports.keys.address(f"operator-{self.desk.site.id}")

    def ask(self) -> UUID:
        """Ask for one transaction that makes one log."""
        deal_id = ids.new()
        call = TenantFactory(self.desk.factory).create_token(deal_id, "A", "A", 18)
        with self.desk.session() as session:
            service.intend(
                session, key=f"deploy:{deal_id}:token:1", kind="deal.token", subject_id=deal_id,
                chain_id=self.desk.settings.chain_id, signer=service.operator_key(), call=call, now=clock.now(),
            )  # fmt: skip
        return deal_id

    def tick(self) -> None:
        """One turn of the worker, a block, and the hard question after each: is everything that counts true?"""
        try:
            tasks.tick(self.desk.settings, self.desk.ports)
        except ChainUnavailable:
            tally.count("B18: turns in which nothing was known and nothing done")
        self.office.mine(1)
        assert self.wrong() == []

    def wrong(self) -> list[str]:
        """Return what is called final and isn't on the real chain."""
        with self.desk.session() as session:
            final = session.scalars(select(ChainLog).where(ChainLog.state == "final")).all()
        false = []
        for log in final:
            receipt = self.real.receipt(log.tx_hash)
            true = receipt is not None and receipt.block_hash == log.block_hash and receipt.succeeded
            said = TenantFactory(log.address).read(receipt.logs[0]) if true and receipt else None
            if said is None or {key: str(value) for key, value in said.args.items()} != log.args:
                false.append(f"{log.name} {log.args}")
        return false

    def states(self, deal_id: UUID) -> list[str]:
        with self.desk.session() as session:
            return [log.state for log in queries.logs_about(session, deal_id)]

    def patience_is_over(self) -> None:
        """Let what was sent count as sent long ago."""
        with self.desk.session() as session:
            session.execute(text("update app.chain_attempts set sent_at = sent_at - interval '1 minute'"))

    def node(self) -> str:
        name = pool.name_of(self.liar.url)
        return next(one.state for one in self.look() if one.name == name)

    def look(self) -> list[object]:
        chain, chain_id = self.desk.ports.chain, self.desk.settings.chain_id
        return tasks_watching.look(chain, chain_id, now=clock.now())  # type: ignore[return-value]


@pytest.fixture(scope="module")
def office(chained: Settings) -> Desk:
    return Desk.of(chained, found("acme", "Acme Real Assets"))


def room_of(office: Desk, liar: Liar, others: str = "") -> Room:
    settings = replace(office.settings, rpc_url=liar.url, rpc_urls=others)
    chain = pool.connect(settings.endpoints, chain_id=settings.chain_id)
    desk = replace(office, settings=settings, ports=replace(office.ports, chain=chain))
    real = pool.connect([office.settings.rpc_url], chain_id=settings.chain_id)
    return Room(desk, liar, real, office)


@pytest.fixture
def alone(office: Desk) -> Iterator[Room]:
    with Liar(office.settings.rpc_url) as liar:
        yield room_of(office, liar)


@pytest.fixture
def one_of_three(office: Desk) -> Iterator[Room]:
    others = f"{office.settings.rpc_url},{office.settings.rpc_url.replace('127.0.0.1', 'localhost')}"
    with Liar(office.settings.rpc_url) as liar:
        yield room_of(office, liar, others)


def finish(room: Room, deal_id: UUID) -> None:
    for _ in range(8):
        room.tick()
        if room.states(deal_id) == ["final"]:
            return
        room.patience_is_over()


@pytest.mark.parametrize("mode", liars.MODES)
def test_alone_it_can_delay_a_credit_but_never_make_one(alone: Room, mode: str) -> None:
    before = alone.real.nonce(alone.operator, at="latest")
    alone.tick()
    alone.liar.mode = mode
    deal_id = alone.ask()
    for _ in range(1 if mode == "delay" else 3):
        alone.tick()
    alone.liar.mode = ""
    finish(alone, deal_id)
    assert alone.states(deal_id) == ["final"]
    assert alone.real.nonce(alone.operator, at="latest") == before + 1
    assert not service_following.is_frozen(alone.desk.settings.chain_id)
    tally.count("B18: modes of a single node")


@pytest.mark.parametrize("mode", liars.MODES)
def test_as_one_of_three_it_is_outvoted_shown_and_taken_back(one_of_three: Room, mode: str) -> None:
    room = one_of_three
    before = room.real.nonce(room.operator, at="latest")
    room.tick()
    room.liar.mode = mode
    deal_id = room.ask()
    for turn in range(6):
        room.tick()
        if room.states(deal_id) == ["final"] and turn >= 3:
            break
    assert room.states(deal_id) == ["final"]
    assert room.real.nonce(room.operator, at="latest") == before + 1
    expected = {"down", "cordoned"} if mode in liars.FAILING + liars.LYING else {"healthy", "behind"}
    assert room.node() in expected
    room.liar.mode = ""
    if mode != "delay":
        looks = [room.node() for _ in range(2 * pool_votes.GOOD_LOOKS)]
        assert looks[-1] == "healthy", looks
    tally.count("B18: modes of one node among three")
