"""The real worker as a process of its own, killed again and again while money is on its way."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from app.config import Settings
from app.integrations.chain import contracts
from app.modules.escrow import tasks_reconciling
from app.modules.ledger import service as ledger
from tenants import service as tenancy
from tenants.service import Site
from tests.support.desk import Desk, fresh_chain

AMOUNT = 500_000_000
INVESTORS = 3
KILLS = 4


@contextmanager
def worker(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "PORTICO_HOME": str(settings.home)}
    with (settings.home / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "app", "worker"], env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_killing_the_worker_while_money_moves_loses_and_doubles_nothing(
    settings: Settings, database: None, acme: Site, tmp_path: Path
) -> None:
    with fresh_chain(settings, tmp_path / "chain") as chained:
        own = replace(chained, home=tmp_path / "home")
        own.save()
        desk = Desk.of(own, acme)
        tenancy.change_settings(acme.id, {"required_level": "basic"})
        deal_id = desk.open_deal()
        investments = [desk.expect(deal_id, desk.person(verified=True), AMOUNT) for _ in range(INVESTORS)]
        for investment_id in investments:
            desk.pay(investment_id)
        chance = random.Random(2026)
        for _ in range(KILLS):
            with worker(own):
                work_for(desk, chance.uniform(3.0, 7.0))
        with worker(own):
            deadline = time.monotonic() + 120
            while any(desk.escrow(one).status != "released" for one in investments) or fees(desk) < 4 + INVESTORS:
                assert time.monotonic() < deadline, (own.home / "worker.log").read_text()[-4000:]
                work_for(desk, 1.0)
        assert_each_happened_once(desk)


def fees(desk: Desk) -> int:
    """Return how many network fees are booked: the last one a moment after the release that it was paid for."""
    with desk.session() as session:
        return int(session.execute(text("select count(*) from app.ledger_journals where kind = 'gas'")).scalar_one())


def work_for(desk: Desk, seconds: float) -> None:
    """Let the worker work, while blocks come as on a chain with traffic."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.4)
        desk.mine(1)


def assert_each_happened_once(desk: Desk) -> None:
    with desk.session() as session:
        kinds = session.execute(text("select kind, count(*) from app.ledger_journals group by 1")).all()
        booked = {"escrow.deposit": INVESTORS, "escrow.release": INVESTORS, "gas": 4 + INVESTORS}
        assert dict(kinds) == booked  # type: ignore[arg-type]
        assert ledger.check(session) == []
        assert ledger.total(session, "deal_proceeds", asset=desk.asset.key) + ledger.total(
            session, "fees_due", asset=desk.asset.key
        ) == (INVESTORS * AMOUNT)
        sale = session.execute(text("select sale from app.chain_deployments")).scalar_one()
        sent = session.execute(text("select count(*), count(distinct intent_id) from app.chain_transactions")).one()
    assert contracts.Token(desk.euro).balance_of(desk.ports.chain, sale, at="latest") == INVESTORS * AMOUNT
    assert sent[0] == sent[1] == 4 + INVESTORS * 4
    names = desk.facts()
    assert names.count("EscrowHeld") == names.count("EscrowReleased") == INVESTORS
    assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []
