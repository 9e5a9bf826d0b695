"""What providers allow differs: ranges of blocks, and questions together."""

from collections.abc import Iterator

import pytest

from app.integrations.chain import pool
from app.integrations.chain.contracts import Token
from app.integrations.chain.port import Chain
from tests.support.desk import Desk
from tests.support.liar import Liar

SOMEBODY = "0xbE00000000000000000000000000000000000001"


@pytest.fixture
def provider(desk: Desk) -> Iterator[Liar]:
    """A provider with limits, before a chain with some logs far apart."""
    desk.rpc("anvil_autoImpersonateAccount", True)
    desk.rpc("anvil_setBalance", SOMEBODY, hex(10**18))
    for _ in range(5):
        call = Token(desk.euro).mint(SOMEBODY, 1)
        desk.rpc("eth_sendTransaction", {"from": SOMEBODY, "to": call.to, "data": call.data, "gas": hex(200_000)})
        desk.mine(9)
    with Liar(desk.settings.rpc_url) as provider:
        yield provider


def through(desk: Desk, provider: Liar) -> Chain:
    return pool.connect([provider.url], chain_id=desk.settings.chain_id)


@pytest.mark.parametrize("widest", [7, 1000])
def test_a_range_that_a_provider_finds_too_large_is_halved_until_it_fits(
    desk: Desk, provider: Liar, widest: int
) -> None:
    head = desk.ports.chain.block("latest")
    assert head is not None
    provider.widest = widest
    found = through(desk, provider).logs(0, head.number, [desk.euro])
    assert found == desk.ports.chain.logs(0, head.number, [desk.euro])
    assert len(found) >= 5


def test_a_provider_that_takes_one_question_at_a_time_is_asked_so(desk: Desk, provider: Liar) -> None:
    provider.alone = True
    chain = through(desk, provider)
    assert chain.blocks(3, 30) == desk.ports.chain.blocks(3, 30)
    before = provider.asked
    chain.blocks(3, 5)
    assert provider.asked - before == 3
