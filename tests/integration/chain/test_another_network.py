"""A chain that nobody had heard of is added by a file alone, and money goes into escrow on it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address
from sqlalchemy import delete

from app.config import Settings
from app.core import clock
from app.core.money import Asset
from app.embedded import binaries
from app.embedded.ports import free_port, is_free
from app.embedded.processes import spawn
from app.integrations.chain import networks, wire
from app.integrations.chain.contracts import NATIVE, TenantFactory
from app.modules.accounts import service as accounts
from app.modules.chain import tasks_following
from app.modules.chain.models import ChainBlock, ChainNetwork
from app.modules.chain.tasks_deploying import keep_contract
from app.modules.escrow import service as escrow
from scripts.benchmarks.chain import AMOUNT, Bench, installed, opened, rpc, send
from tenants import ids
from tenants.service import Site
from tenants.session import platform_session, tenant_session
from tests.support.work import World

CHAIN_ID = 424242
FINAL_AFTER = 3


@pytest.fixture
def elsewhere(settings: Settings, database: None, tmp_path: Path) -> Iterator[Settings]:
    """An installation on another chain, which it knows from its own networks.toml."""
    said = f'[{CHAIN_ID}]\nname = "Nowhere"\ncoin = "NOW"\nblock_time = 1\nfinality = {FINAL_AFTER}\n'
    (tmp_path / networks.OWN_FILE).write_text(said)
    port = free_port()
    command: list[str | Path] = [binaries.anvil(), "--host", "127.0.0.1", "--port", str(port), "--quiet"]
    command += ["--chain-id", str(CHAIN_ID), "--hardfork", "cancun", "--auto-impersonate"]
    chain = spawn("chain", command, log=tmp_path / "chain.log", env={**os.environ, "HOME": str(tmp_path)})
    while is_free(port):
        assert chain.alive()
    yield replace(settings, home=tmp_path, chain_id=CHAIN_ID, rpc_url=f"http://127.0.0.1:{port}")
    chain.stop(5)
    networks.read(tmp_path / "nothing")
    with platform_session() as session:
        for table in (ChainBlock, ChainNetwork):
            session.execute(delete(table).where(table.chain_id == CHAIN_ID))


def test_money_is_held_on_a_chain_that_a_file_added(elsewhere: Settings, acme: Site) -> None:
    url, ports = elsewhere.rpc_url, wire.ports(elsewhere)
    factory = TenantFactory(installed(url, acme.id, CHAIN_ID))
    deal_id, payer = opened(url, CHAIN_ID, factory), str(to_checksum_address("0xbe" + "00" * 18 + "01"))
    head = int(rpc(url, "eth_blockNumber"), 16)
    investment_id, now = ids.new(), clock.now()
    with tenant_session(acme.id) as session:
        keep_contract(
            session, chain_id=CHAIN_ID, kind="factory", address=factory.address, deal_id=None, tx_hash="", now=now
        )
        alice = accounts.create_user(
            session, email="alice@example.com", name="Alice", password="a long enough phrase for tests", now=now
        )
        escrow.expect(
            session, investment_id=investment_id, deal_id=deal_id, user_id=alice.id,
            asset=Asset("NOW", 18, chain_id=CHAIN_ID, contract=NATIVE), payer=payer, amount=AMOUNT, now=now,
        )  # fmt: skip
    Bench(url, elsewhere, acme.id, factory.address, head, head).rewind()
    send(url, factory.open_escrow(investment_id, deal_id, AMOUNT, payer=payer, value=AMOUNT), payer)
    states = []
    for _ in range(FINAL_AFTER + 1):
        tasks_following.follow_once(ports.chain, CHAIN_ID, now=clock.now)
        World(elsewhere, ports).settle()
        with tenant_session(acme.id) as session:
            found = escrow.of_investment(session, investment_id)
        states.append(found.status if found else "")
        rpc(url, "anvil_mine", "0x1")
    assert states == ["arriving"] * FINAL_AFTER + ["held"]
