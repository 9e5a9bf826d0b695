"""The local chain keeps its past, its clock and its size."""

import os
import time
from collections.abc import Iterator

import pytest

from app.embedded.anvil_rpc import AnvilRpc
from app.embedded.chain import CHAIN_ID, Chain
from app.embedded.errors import AlreadyRunning
from app.embedded.home import Home
from tests.embedded.conftest import Launch, first_line, kill, wait_until

THIRTY_DAYS = 30 * 86400


@pytest.fixture
def chain(home: Home) -> Iterator[Chain]:
    with Chain(home) as running:
        yield running


def pay(chain: Chain) -> str:
    rpc = AnvilRpc(chain.url)
    payer, payee = rpc.call("eth_accounts")[:2]
    return str(rpc.call("eth_sendTransaction", {"from": payer, "to": payee, "value": "0x1"}))


def final(chain: Chain) -> int:
    return int(AnvilRpc(chain.url).call("eth_getBlockByNumber", "finalized", False)["number"], 16)


def block_of(chain: Chain, transaction: str) -> int:
    wait_until(lambda: AnvilRpc(chain.url).call("eth_getTransactionReceipt", transaction) is not None, 5)
    return int(AnvilRpc(chain.url).call("eth_getTransactionReceipt", transaction)["blockNumber"], 16)


def test_a_transaction_becomes_final_without_anyone_asking(chain: Chain) -> None:
    block = block_of(chain, pay(chain))
    wait_until(lambda: final(chain) >= block, 5)


def test_an_idle_chain_does_not_grow(chain: Chain) -> None:
    block = block_of(chain, pay(chain))
    wait_until(lambda: final(chain) >= block, 5)
    height = AnvilRpc(chain.url).height()
    time.sleep(1.5)
    assert AnvilRpc(chain.url).height() == height == block + 2


def test_a_restart_keeps_blocks_receipts_and_address(chain: Chain) -> None:
    transaction, url = pay(chain), chain.url
    block_of(chain, transaction)
    chain.nudge()
    before = AnvilRpc(url).call("eth_getBlockByNumber", hex(block_of(chain, transaction)), True)
    chain.stop()
    assert chain.start() == url
    assert AnvilRpc(url).call("eth_getBlockByNumber", before["number"], True) == before
    assert int(AnvilRpc(url).call("eth_chainId"), 16) == CHAIN_ID


def test_the_first_block_stays_the_same_through_many_starts_and_the_clock_runs_on(chain: Chain) -> None:
    genesis = AnvilRpc(chain.url).call("eth_getBlockByNumber", "0x0", False)
    for _ in range(3):
        block_of(chain, pay(chain))
        assert abs(AnvilRpc(chain.url).timestamp() - time.time()) < 5
        chain.stop()
        time.sleep(1.1)
        chain.start()
        assert AnvilRpc(chain.url).call("eth_getBlockByNumber", "0x0", False) == genesis


def test_the_final_state_can_be_asked_about_right_after_a_restart(chain: Chain) -> None:
    paid = block_of(chain, pay(chain))
    wait_until(lambda: final(chain) >= paid, 10)
    chain.stop()
    chain.start()
    rpc = AnvilRpc(chain.url)
    payer = rpc.call("eth_accounts")[0]
    assert rpc.call("eth_getBalance", payer, hex(final(chain))) == rpc.call("eth_getBalance", payer, "latest")


def test_what_is_final_survives_kill_9(chain: Chain) -> None:
    transaction = pay(chain)
    block = block_of(chain, transaction)
    wait_until(lambda: final(chain) >= block, 5)
    assert chain.pid is not None
    kill(chain.pid)
    wait_until(lambda: not chain.alive())
    chain.start()
    assert block_of(chain, transaction) == block


def test_killing_the_parent_ends_the_chain_and_keeps_its_state(home: Home, launch: Launch) -> None:
    holder = launch("tests.embedded.hold", "chain", home.root)
    anvil = first_line(holder)
    url = f"http://127.0.0.1:{(home.root / 'chain' / 'port').read_text()}"
    rpc = AnvilRpc(url)
    payer, payee = rpc.call("eth_accounts")[:2]
    transaction = rpc.call("eth_sendTransaction", {"from": payer, "to": payee, "value": "0x1"})
    wait_until(lambda: rpc.height() > 0, 5)
    kill(holder.pid)
    holder.wait()
    wait_until(lambda: not os.path.exists(f"/proc/{anvil}"))
    with Chain(home) as chain:
        assert block_of(chain, transaction) == 1


def test_time_never_runs_back_after_time_travel_and_a_restart(chain: Chain) -> None:
    AnvilRpc(chain.url).call("evm_increaseTime", hex(THIRTY_DAYS))
    block_of(chain, pay(chain))
    travelled = AnvilRpc(chain.url).timestamp()
    chain.stop()
    chain.start()
    block_of(chain, pay(chain))
    assert AnvilRpc(chain.url).timestamp() >= travelled > time.time() + THIRTY_DAYS - 60


def test_a_state_cut_short_is_not_loaded(chain: Chain, home: Home) -> None:
    transaction = pay(chain)
    block_of(chain, transaction)
    chain.stop()
    (home.root / "chain" / "state-at-exit.json").write_bytes(b'{"best_block_number": 999, "blo')
    chain.start()
    assert block_of(chain, transaction) == 1


def test_a_second_copy_is_refused_and_another_home_has_its_own_chain(chain: Chain, home: Home) -> None:
    with pytest.raises(AlreadyRunning):
        Chain(home).start()
    with Chain(Home(home.root.with_name("elsewhere"))) as other:
        assert other.url != chain.url


def test_tests_may_keep_the_mining_to_themselves(home: Home) -> None:
    with Chain(home, keep_final=False) as chain:
        assert block_of(chain, pay(chain)) == 1
        time.sleep(1)
        assert AnvilRpc(chain.url).height() == 1
