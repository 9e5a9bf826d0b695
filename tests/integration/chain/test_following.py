"""The follower: seen at the head, certain at finality, undone by a reorganisation, never announced twice."""

import time
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.integrations.chain.contracts import TenantFactory
from app.modules.chain import queries, service, tasks, tasks_following, tasks_sending
from app.modules.chain.models import ChainBlock, ChainLog, ChainNetwork
from tenants import ids
from tenants.service import Site
from tenants.session import platform_session
from tests.support.desk import Desk


def follow(desk: Desk) -> None:
    tasks_following.follow_once(desk.ports.chain, desk.settings.chain_id, now=clock.now)


def announced(desk: Desk, deal_id: UUID) -> list[tuple[str, str]]:
    with desk.session() as session:
        return [(log.name, log.state) for log in queries.logs_about(session, deal_id)]


def count(desk: Desk, fact: str) -> int:
    return desk.facts().count(fact)


def announce(desk: Desk) -> UUID:
    """Have one token made: one transaction, one block, one log."""
    deal_id = ids.new()
    with desk.session() as session:
        intent = service.intend(
            session, key=f"test:{deal_id}", kind="deal.token", subject_id=deal_id, chain_id=desk.settings.chain_id,
            signer=service.operator_key(), call=TenantFactory(desk.factory).create_token(deal_id, "A", "A", 18),
            now=clock.now(),
        )  # fmt: skip
    until = time.monotonic() + 60
    while (state := tasks_sending.push(desk.context, intent.id)) != "mined":  # the signer answers when it gets to it
        assert state in ("prepared", "signed", "broadcast")
        assert time.monotonic() < until
    return deal_id


def resend(desk: Desk) -> None:
    """Push what is under way, as the worker's loop does."""
    for _ in range(2):
        tasks.tend(desk.settings, desk.ports)


def test_what_a_contract_says_is_seen_at_once_and_final_two_blocks_later(desk: Desk) -> None:
    deal_id = announce(desk)
    follow(desk)
    assert announced(desk, deal_id) == [("TokenCreated", "seen")]
    desk.mine(1)
    follow(desk)
    assert announced(desk, deal_id) == [("TokenCreated", "seen")]
    desk.mine(1)
    follow(desk)
    assert announced(desk, deal_id) == [("TokenCreated", "final")]


def test_each_log_is_told_once_as_seen_and_once_as_final_however_often_it_is_read(desk: Desk) -> None:
    deal_id = desk.open_deal()
    desk.mine(3)
    follow(desk)
    seen, final = count(desk, "LogSeen"), count(desk, "LogFinal")
    assert (seen, final) == (4, 4)
    with platform_session() as session:
        network = session.get_one(ChainNetwork, desk.settings.chain_id)
        below = session.get_one(ChainBlock, (network.chain_id, network.head_number - 12))
        network.head_number, network.head_hash = below.number, below.hash
    follow(desk)
    assert (count(desk, "LogSeen"), count(desk, "LogFinal")) == (4, 4)
    assert [state for _, state in announced(desk, deal_id)] == ["final"] * 4


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("seen_before", [True, False], ids=["seen", "unseen"])
@pytest.mark.parametrize("returns", ["same block height", "later", "never"])
def test_a_lost_block_is_undone_and_nothing_of_it_is_final(
    desk: Desk, depth: int, seen_before: bool, returns: str
) -> None:
    deals = [announce(desk) for _ in range(depth)]
    if seen_before:
        follow(desk)
    desk.reorg(depth)
    if returns == "same block height":
        resend(desk)
    follow(desk)
    if returns == "later":
        resend(desk)
        follow(desk)
    assert count(desk, "LogUndone") == (depth if seen_before else 0)
    assert count(desk, "LogFinal") == 0
    desk.mine(3)
    follow(desk)
    expected = [] if returns == "never" else [("TokenCreated", "final")]
    assert [announced(desk, deal_id) for deal_id in deals] == [expected] * depth
    assert count(desk, "LogFinal") == (0 if returns == "never" else depth)


def test_a_block_that_comes_back_is_seen_again(desk: Desk) -> None:
    deal_id = announce(desk)
    follow(desk)
    with desk.session() as session:
        log = queries.logs_about(session, deal_id)[0]
        log.state = "undone"
    with platform_session() as session:
        network = session.get_one(ChainNetwork, desk.settings.chain_id)
        below = session.get_one(ChainBlock, (network.chain_id, network.head_number - 1))
        network.head_number, network.head_hash = below.number, below.hash
    follow(desk)
    assert announced(desk, deal_id) == [("TokenCreated", "seen")]
    assert count(desk, "LogSeen") == 2


def test_other_tenants_see_nothing_of_it(desk: Desk, zeta: Site) -> None:
    others = Desk.of(desk.settings, zeta)
    deal_id = desk.open_deal()
    assert announced(others, deal_id) == []
    assert others.facts() == []


def test_the_health_of_following_can_be_asked_without_the_chain(desk: Desk) -> None:
    follow(desk)
    health = service.health(desk.settings.chain_id, clock.now())
    head = desk.ports.chain.block("latest")
    assert head is not None
    assert (health.head, health.trouble) == (head.number, "")
    assert health.age is not None
    assert health.age < 10


def test_a_chain_that_lost_final_blocks_is_not_followed_and_says_so(desk: Desk) -> None:
    """Runs on the module's chain; the row that it leaves is put right again at its end."""
    announce(desk)
    desk.mine(6)
    follow(desk)
    with platform_session() as session:
        kept = session.get_one(ChainNetwork, desk.settings.chain_id)
    desk.reorg(6)
    desk.mine(2)
    follow(desk)
    assert service.health(desk.settings.chain_id, clock.now()).trouble == "the node lost blocks that were final"
    with desk.session() as session:
        states = set(session.scalars(select(ChainLog.state)))
    assert "undone" not in states
    with platform_session() as session:
        session.execute(
            update(ChainNetwork).where(ChainNetwork.chain_id == kept.chain_id).values(
                head_number=(at := desk.ports.chain.block("latest")).number,  # type: ignore[union-attr]
                head_hash=at.hash, final_number=0,  # type: ignore[union-attr]
            )
        )  # fmt: skip
