"""How fast the chain is followed and deposits are credited, beside a bare loop over the same blocks by turns."""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import requests
from eth_utils.address import to_checksum_address
from sqlalchemy import delete, text
from sqlalchemy.engine import make_url

from app import registry
from app.config import Settings, new_secret
from app.core import clock
from app.core.money import Asset
from app.embedded.chain import Chain as Anvil
from app.embedded.home import Home
from app.embedded.postgres import Postgres
from app.integrations.chain import abi, pool
from app.integrations.chain.contracts import NATIVE, PlatformService, SaleTerms, TenantFactory
from app.integrations.chain.port import Block, Call, Chain
from app.modules.accounts import service as accounts
from app.modules.chain import tasks_following
from app.modules.chain.models import ChainBlock, ChainLog, ChainNetwork
from app.modules.chain.tasks_deploying import keep_contract
from app.modules.escrow import service as escrow
from app.worker import run as worker
from scripts.benchmarks.world import NOW, settings_of
from tenants import ids, session
from tenants import service as tenancy
from tenants.session import platform_session, tenant_session

ESCROWS, BLOCKS, ROUNDS = 40, 1000, 3
AMOUNT = 10**16  # wei
_STEP = 200  # blocks between two looks: few enough that each is read with its header
_OWNER = "0x" + "a0" * 20


class Capped:
    """The chain as it was when `head` was its newest block."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self.head = chain, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._chain, name)

    def block(self, at: object) -> Block | None:
        number = {"latest": self.head, "finalized": max(0, self.head - 2)}.get(str(at), at)
        return self._chain.block(number)  # type: ignore[arg-type]


class Used:
    """How much of the time this process was at work itself; the rest it waited for the node or the database."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[float, float]] = {}

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Add what the block takes to `name`."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        before = self._spent.get(name, (0.0, 0.0))
        self._spent[name] = before[0] + time.process_time() - cpu, before[1] + time.perf_counter() - wall

    def shares(self) -> dict[str, float]:
        """Return the part from 0 to 1 of each name's time."""
        return {name: round(cpu / wall, 2) for name, (cpu, wall) in self._spent.items()}


@dataclass
class Bench:
    """A tenant's factory on a chain with deposits in it, and the position from which they are followed."""

    url: str
    settings: Settings
    tenant_id: UUID
    factory: str
    start: int
    head: int

    def rewind(self) -> None:
        """Forget everything that was followed."""
        with tenant_session(self.tenant_id) as own:
            own.execute(delete(ChainLog))
        url = make_url(self.settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as queue:
            queue.execute("delete from procrastinate_jobs")
        chain = pool.connect([self.url], chain_id=self.settings.chain_id)
        genesis, start = chain.block(0), chain.block(self.start)
        assert genesis is not None
        assert start is not None
        with platform_session() as platform:
            platform.execute(delete(ChainBlock))
            platform.execute(delete(ChainNetwork))
            platform.add(
                ChainNetwork(
                    chain_id=self.settings.chain_id, genesis_hash=genesis.hash, start_number=start.number,
                    head_number=start.number, head_hash=start.hash, head_time=start.time, final_number=0,
                    followed_at=NOW,
                )
            )  # fmt: skip
            kept = {"number": start.number, "hash": start.hash, "parent_hash": start.parent_hash, "time": start.time}
            platform.add(ChainBlock(chain_id=self.settings.chain_id, **kept))

    def follow(self, *, at_the_head: bool) -> float:
        """Follow to the head and return the seconds it took: block by block with headers, or as a backlog."""
        capped = Capped(pool.connect([self.url], chain_id=self.settings.chain_id))
        began = time.perf_counter()
        stops = range(self.start + _STEP, self.head + _STEP, _STEP) if at_the_head else [self.head]
        for stop in stops:
            capped.head = min(stop, self.head)
            tasks_following.follow_once(capped, self.settings.chain_id, now=clock.now)  # type: ignore[arg-type]
        return time.perf_counter() - began

    def bare(self) -> float:
        """Ask for every block and its logs, keep nothing, and return the seconds it took."""
        asking = requests.Session()
        asking.trust_env = False
        began = time.perf_counter()
        for number in range(self.start + 1, self.head + 1):
            rpc(self.url, "eth_getBlockByNumber", hex(number), False, asking=asking)
            wanted = {"fromBlock": hex(number), "toBlock": hex(number), "address": self.factory}
            rpc(self.url, "eth_getLogs", wanted, asking=asking)
        return time.perf_counter() - began

    def credit(self) -> float:
        """Let the worker book every deposit that was followed, and return the seconds it took."""
        wanted = {"LogSeen", "LogFinal"}
        handlers = {name: found for name, found in registry.handlers().items() if name in wanted}
        jobs = worker.queue(self.settings, handlers=handlers, tasks={}, ports=None)
        began = time.perf_counter()
        worker.drain(jobs)
        took = time.perf_counter() - began
        with tenant_session(self.tenant_id) as own:
            held = own.execute(text("select count(*) from app.escrows where status = 'held'")).scalar()
        if held != ESCROWS:
            raise SystemExit(f"only {held} of {ESCROWS} deposits were credited")
        return took


def run() -> dict[str, object]:
    """Measure by turns; the headline is blocks a second with a header each, which is what keeping up needs."""
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        home = Home(Path(folder) / "home")
        with Postgres(home) as postgres, Anvil(home, keep_final=False) as anvil:
            settings = settings_of(home, postgres, rpc_url=anvil.url)
            session.connect(settings.urls)
            bench = _prepare(settings, anvil.url)
            figures = _measure(bench)
            session.disconnect()
    return figures


def _measure(bench: Bench) -> dict[str, object]:
    blocks = bench.head - bench.start
    heads, backlogs, bares, used = [], [], [], Used()
    for _ in range(ROUNDS):
        bares.append(blocks / bench.bare())
        bench.rewind()
        with used.of("follow"):
            heads.append(blocks / bench.follow(at_the_head=True))
        bench.rewind()
        backlogs.append(blocks / bench.follow(at_the_head=False))
    ratios = sorted(ours / bare for ours, bare in zip(heads, bares, strict=True))
    ours, bare = statistics.median(heads), statistics.median(bares)
    followed = blocks / statistics.median(backlogs)
    with used.of("credit"):
        credited = bench.credit()
    return {
        "unit": "a second",
        "ours": {"blocks": round(ours), "backlog_blocks": round(statistics.median(backlogs))},
        "baseline": {"blocks": round(bare), "backlog_blocks": round(bare)},
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(ratios[0], 3), round(ratios[-1], 3)],
        "blocks_per_second": round(ours),
        "backlog_blocks_per_second": round(statistics.median(backlogs)),
        "logs_per_second": round(ESCROWS / followed),
        "events_credited_per_second": round(ESCROWS / credited),
        "own_cpu_share": used.shares(),
    }


def _prepare(settings: Settings, url: str) -> Bench:
    """Make a tenant, its factory and a deal, and pay for it many times, each time in a block of its own."""
    site = tenancy.found(slug="bench", name="Bench", host="bench.localhost", now=NOW)
    rpc(url, "anvil_autoImpersonateAccount", True)
    factory = TenantFactory(installed(url, site.id, settings.chain_id))
    with tenant_session(site.id) as own:
        keep_contract(
            own, chain_id=settings.chain_id, kind="factory", address=factory.address, deal_id=None, tx_hash="", now=NOW
        )
        alice = accounts.create_user(own, email="alice@example.com", name="Alice", password=new_secret(), now=NOW)
        alice_id = alice.id
    deal_id = opened(url, settings.chain_id, factory)
    start = int(rpc(url, "eth_blockNumber"), 16)
    for number in range(ESCROWS):
        payer = str(to_checksum_address(f"0xbe{number + 1:038x}"))
        investment_id, asset = ids.new(), Asset("ETH", 18, chain_id=settings.chain_id, contract=NATIVE)
        with tenant_session(site.id) as own:
            escrow.expect(
                own, investment_id=investment_id, deal_id=deal_id, user_id=alice_id, asset=asset, payer=payer,
                amount=AMOUNT, now=NOW,
            )  # fmt: skip
        send(url, factory.open_escrow(investment_id, deal_id, AMOUNT, payer=payer, value=AMOUNT), payer)
        rpc(url, "anvil_mine", hex(BLOCKS // ESCROWS - 1))
    rpc(url, "anvil_mine", "0x3")
    return Bench(url, settings, site.id, factory.address, start, int(rpc(url, "eth_blockNumber"), 16))


def installed(url: str, tenant_id: UUID, chain_id: int) -> str:
    """Put the contracts on a chain that signs for everybody, and return the address of a tenant's factory."""
    known = {"$owner": _OWNER, "$treasury": _OWNER}
    for step in abi.artifact("deployment")["steps"]:
        call = abi.creation(step["contract"], *(known[word] for word in step["args"]))
        known[f"${step['contract']}"] = str(to_checksum_address(send(url, call, _OWNER)["contractAddress"]))
    service = PlatformService(known["$PlatformService"])
    send(url, service.create_tenant(tenant_id, _OWNER, _OWNER), _OWNER)
    port = pool.connect([url], chain_id=chain_id)
    return str(service.factory_of(port, tenant_id, at="latest"))


def opened(url: str, chain_id: int, factory: TenantFactory) -> UUID:
    """Deploy a deal that takes the chain's own coin, and return its id."""
    deal_id, port = ids.new(), pool.connect([url], chain_id=chain_id)
    send(url, factory.create_token(deal_id, "Bench", "BENCH", 18), _OWNER)
    head = port.block("latest")
    assert head is not None
    terms = SaleTerms(
        token=factory.deal_of(port, deal_id, at="latest").token, asset=NATIVE, proceeds=_OWNER, price=AMOUNT,
        soft_cap=AMOUNT, hard_cap=10**24, opens_at=int(head.time.timestamp()),
        closes_at=int((head.time + timedelta(days=60)).timestamp()), min_ticket=AMOUNT, max_ticket=0,
    )  # fmt: skip
    for call in (factory.create_sale(deal_id, terms), factory.configure_sale(deal_id), factory.activate_sale(deal_id)):
        send(url, call, _OWNER)
    return deal_id


def send(url: str, call: Call, sender: str) -> dict[str, str]:
    """Send a call in anybody's name, and return its receipt."""
    rpc(url, "anvil_setBalance", sender, hex(10**20))
    fields = {"from": sender, "data": call.data, "value": hex(call.value), "gas": hex(12_000_000)}
    tx_hash = rpc(url, "eth_sendTransaction", {**fields, "to": call.to} if call.to else fields)
    receipt: dict[str, str] | None = None
    until = time.monotonic() + 10
    while receipt is None and time.monotonic() < until:
        receipt = rpc(url, "eth_getTransactionReceipt", tx_hash)
    if receipt is None or receipt["status"] != "0x1":
        raise SystemExit(f"the chain refused to prepare the benchmark: {receipt}")
    return receipt


def rpc(url: str, method: str, *params: object, asking: requests.Session | None = None) -> Any:
    """Return a node's answer."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = (asking or requests).post(url, json=body, timeout=30).json()
    if "error" in answer:
        raise SystemExit(f"{method}: {answer['error']}")
    return answer["result"]
