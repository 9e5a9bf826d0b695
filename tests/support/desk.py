"""A tenant's business on a real local chain: deploy a deal, pay, decide, reorganise. Nothing in it is a stand-in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import requests
from sqlalchemy import delete, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, permissions
from app.core.money import Asset
from app.core.permissions import Actor, Role
from app.core.tasks import TaskContext
from app.embedded.chain import Chain as Anvil
from app.embedded.home import Home
from app.integrations.chain import wire
from app.modules.accounts import service as accounts
from app.modules.approvals import service as approvals
from app.modules.chain import service as chain
from app.modules.chain import service_following as following
from app.modules.chain import tasks
from app.modules.chain.models import ChainBlock, ChainInstallation, ChainIntent, ChainLog, ChainNetwork, Deployment
from app.modules.chain.models_following import ChainAlarm, ChainEndpoint, ChainReorg
from app.modules.chain.rules import OPEN
from app.modules.chain.tasks_installing import Deployer, ensure_tenant, installed
from app.modules.deals import tasks as deals_tasks
from app.modules.escrow import service as escrow
from app.modules.escrow import tasks as escrow_tasks
from tenants import ids
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session, tenant_session
from tests.support.work import World

PASSWORD = "a long enough phrase for tests"


@contextmanager
def fresh_chain(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Start a chain of its own, on which nothing becomes final unless blocks are mined; forget it afterwards."""
    with Anvil(Home(folder), keep_final=False) as anvil:
        _forget()
        yield replace(settings, rpc_url=anvil.url)
    _forget()


def _forget() -> None:
    """Forget what was followed, and settle what other tests left: their chains are gone, but no block of them is lost.

    What is under way ends, and what was final is so since the first block.
    """
    with platform_session() as session:
        for row in (ChainInstallation, ChainBlock, ChainNetwork, ChainAlarm, ChainReorg, ChainEndpoint):
            session.execute(delete(row))
    final = update(ChainIntent).where(ChainIntent.block_number.is_not(None)).values(block_number=0)
    under_way = update(ChainIntent).where(ChainIntent.state.in_(OPEN)).values(state="cancelled")
    deploying = update(Deployment).where(Deployment.state == "running").values(state="failed")
    for site in tenancy.sites():
        with tenant_session(site.id) as own:
            for settled in (final, under_way, deploying, update(ChainLog).values(block_number=0)):
                own.execute(settled, execution_options={"synchronize_session": False})


@dataclass
class Desk:
    """What tests do with one tenant's contracts."""

    settings: Settings
    site: Site
    ports: wire.ChainPorts
    factory: str
    euro: str

    @classmethod
    def of(cls, settings: Settings, site: Site) -> "Desk":
        ports = wire.ports(settings)
        factory = ensure_tenant(Deployer(settings, ports, clock.now), site)
        return cls(settings, tenancy.site(site.id), ports, factory, installed(settings.chain_id)["DemoEuro"])

    @property
    def context(self) -> TaskContext:
        return TaskContext(site=self.site, ports=self.ports, settings=self.settings, now=clock.now)

    @property
    def asset(self) -> Asset:
        return Asset("EUR", 6, chain_id=self.settings.chain_id, contract=self.euro)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with tenant_session(self.site.id) as session:
            yield session

    @property
    def system(self) -> Actor:
        return permissions.system(self.site.id)

    @property
    def officer(self) -> Actor:
        return Actor(self.site.id, ids.new(), frozenset({Role.COMPLIANCE_OFFICER}), "Carol")

    def rpc(self, method: str, *params: object) -> object:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = requests.post(self.settings.rpc_url, json=body, timeout=30).json()
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks: int = 2) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def reorg(self, depth: int) -> None:
        """Replace the newest blocks by empty ones; their transactions are gone from the node altogether."""
        self.rpc("anvil_reorg", depth, [])

    def travel(self, time: timedelta) -> None:
        self.ports.chain.travel(int(time.total_seconds()))
        self.mine()

    def tick(self) -> None:
        """What the worker does: look at the chain, push, deliver, look at the clocks."""
        self.deliver()
        tasks.tick(self.settings, self.ports)
        self.deliver()
        escrow_tasks.look(self.settings, now=clock.now())
        deals_tasks.look(self.settings, now=clock.now())
        self.deliver()

    def deliver(self) -> None:
        """Run what is queued; a worker isn't even started for nothing."""
        url = make_url(self.settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            due = connection.execute(
                "select 1 from procrastinate_jobs where status = 'todo' and coalesce(scheduled_at, now()) <= now()"
            ).fetchone()
        if due:
            World(self.settings, self.ports).settle()

    def settle(self, rounds: int = 12) -> None:
        """Tick, with blocks in between, until nothing is under way."""
        for _ in range(rounds):
            self.tick()
            self.mine()
            self.tick()
            with self.session() as session:
                waiting = session.scalars(
                    select(ChainIntent.id).where(ChainIntent.state.in_(("prepared", "signed", "broadcast", "mined")))
                ).all()
                running = session.execute(
                    text("select count(*) from app.chain_deployments where state = 'running'")
                ).scalar_one()
            if not waiting and not running:
                return

    def spec(self, **changes: object) -> chain.DealSpec:
        head = self.ports.chain.block("latest")
        assert head is not None
        spec = chain.DealSpec(
            chain_id=self.settings.chain_id, name="Harbour Loan", symbol="HARB", decimals=18, asset=self.euro,
            price=100_000_000, soft_cap=1_000_000_000, hard_cap=100_000_000_000, opens_at=head.time,
            closes_at=head.time + timedelta(days=60), min_ticket=100_000_000,
        )  # fmt: skip
        return replace(spec, **changes)  # type: ignore[arg-type]

    def start_deal(self, **changes: object) -> UUID:
        deal_id = ids.new()
        with self.session() as session:
            spec = self.spec(**changes)
            chain.start_deployment(session, actor=self.system, deal_id=deal_id, spec=spec, now=clock.now())
        return deal_id

    def open_deal(self, **changes: object) -> UUID:
        deal_id = self.start_deal(**changes)
        self.settle()
        with self.session() as session:
            progress = chain.deployment_of(session, deal_id)
        assert progress is not None
        assert progress.state == "done", [(step.name, step.state, step.error) for step in progress.steps]
        return deal_id

    def person(self, *, verified: bool = True) -> UUID:
        with self.session() as session:
            made = accounts.create_user(
                session, email=f"{ids.new().hex}@example.com", name="Alice Pledge", password=PASSWORD,
                verified=verified, now=clock.now(),
            )  # fmt: skip
        return made.id

    def expect(self, deal_id: UUID, user_id: UUID, amount: int = 500_000_000) -> UUID:
        investment_id = ids.new()
        with self.session() as session:
            escrow.expect(
                session, investment_id=investment_id, deal_id=deal_id, user_id=user_id, asset=self.asset,
                payer=chain.demo_address(user_id, self.settings), amount=amount, now=clock.now(),
            )  # fmt: skip
        return investment_id

    def pay(self, investment_id: UUID) -> None:
        with self.session() as session:
            escrow.pay_with_demo_wallet(
                session, actor=self.system, investment_id=investment_id, settings=self.settings, now=clock.now()
            )

    def escrow(self, investment_id: UUID) -> escrow.Escrow:
        with self.session() as session:
            found = escrow.of_investment(session, investment_id)
        assert found is not None
        return found

    def facts(self) -> list[str]:
        """Return the names of the facts recorded for the tenant, in order."""
        with self.session() as session:
            return list(session.execute(text("select name from app.outbox_events order by id")).scalars())


def two_agree(desk: Desk, alarm_id: UUID) -> None:
    """Let two operators end an alarm that freezes; they are people of the tenant, as no site is the installation's."""
    sam, sue = (
        Actor(desk.site.id, desk.person(), frozenset({Role.SUPER_ADMIN}), name) for name in ("Sam Runs", "Sue Looks")
    )
    with desk.session() as session:
        asked = following.ask_to_clear(session, actor=sam, alarm_id=alarm_id, reason="looked at it", now=clock.now())
    with desk.session() as session:
        approvals.approve(session, actor=sue, approval_id=asked.id, note="", now=clock.now())
    desk.deliver()


def instant(desk: Desk) -> datetime:
    """Return the time of the newest block."""
    block = desk.ports.chain.block("latest")
    assert block is not None
    return block.time
