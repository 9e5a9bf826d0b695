"""What an operator types: deploying again and again, a chain that was reset, the check of the books, failed jobs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.cli.jobs import jobs
from app.config import Settings
from app.core import clock
from app.integrations.chain import wire
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain.cli import chain
from app.modules.chain.models import ChainInstallation
from app.modules.chain.tasks_installing import ChainReset, Deployer, ensure_platform, installed
from app.modules.escrow.cli import ledger
from tenants.service import Site
from tenants.session import platform_session
from tests.integration.chain.test_deploying_a_deal import Failing, Killed
from tests.support.desk import Desk, fresh_chain


@pytest.fixture
def own(settings: Settings, database: None, tmp_path: Path) -> Iterator[Settings]:
    """A chain on which nothing stands yet."""
    with fresh_chain(settings, tmp_path) as own:
        yield replace(own, home=tmp_path)


def run(command: click.Group, settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=settings)


def owner_transactions(settings: Settings) -> int:
    ports = wire.ports(settings)
    return ports.chain.nonce(ports.keys.address("owner"), at="latest")


def test_deploying_again_changes_nothing(own: Settings, acme: Site) -> None:
    first = run(chain, own, "deploy", "--tenant", acme.slug)
    assert first.exit_code == 0, first.output
    sent, stands = owner_transactions(own), installed(own.chain_id)
    second = run(chain, own, "deploy", "--tenant", acme.slug)
    assert second.exit_code == 0
    assert second.output.splitlines() == [f"{acme.slug}: factory at {stands[f'factory-{acme.id}']}"]
    assert (owner_transactions(own), installed(own.chain_id)) == (sent, stands)


def test_a_deployment_that_is_killed_goes_on_without_a_second_contract(own: Settings, acme: Site) -> None:
    real, deaths = wire.ports(own), 0
    for calls in range(5, 60, 6):
        ports = wire.ChainPorts(Failing(real.chain, calls, Killed()), real.keys)
        try:
            ensure_platform(Deployer(own, ports, clock.now))
        except Killed:
            deaths += 1
    assert deaths >= 3
    ensure_platform(Deployer(own, real, clock.now))
    with platform_session() as session:
        rows = session.query(ChainInstallation).filter_by(chain_id=own.chain_id).all()
    assert all(row.done for row in rows)
    assert owner_transactions(own) == len(rows)


def test_another_chain_is_recognised_and_nothing_is_done_to_it(own: Settings, acme: Site, tmp_path: Path) -> None:
    deployer = Deployer(own, wire.ports(own), clock.now)
    ensure_platform(deployer)
    wire.ports(own).chain.travel(1)
    with platform_session() as session:
        rows = session.query(ChainInstallation).filter_by(chain_id=own.chain_id).all()
        rows[0].address = "0x" + "11" * 20
    with pytest.raises(ChainReset, match="was reset"):
        ensure_platform(deployer)
    refused = run(chain, own, "deploy", "--tenant", acme.slug)
    assert refused.exit_code == 1
    assert "the chain was reset" in refused.output
    again = run(chain, own, "deploy", "--tenant", acme.slug, "--forget-old-chain")
    assert again.exit_code == 0, again.output


def test_without_a_node_there_is_a_plain_sentence(settings: Settings, database: None, acme: Site) -> None:
    nowhere = replace(settings, rpc_url="http://127.0.0.1:9")
    refused = run(chain, nowhere, "deploy", "--tenant", acme.slug)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: The node gave no usable answer")
    with pytest.raises(ChainUnavailable, match="set RPC_URL"):
        wire.ports(replace(settings, rpc_url="")).chain.block("latest")


def fees_of(desk: Desk) -> list[str]:
    with desk.session() as session:
        return list(session.execute(text("select key from app.ledger_journals where kind = 'gas'")).scalars())


def test_status_and_the_check_of_the_books(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    desk.settle()
    said = run(chain, desk.settings, "status")
    assert "PlatformService" in said.output
    assert "TROUBLE" not in said.output
    checked = run(ledger, desk.settings, "check", "--tenant", desk.site.slug)
    assert checked.exit_code == 0, checked.output
    deposit_and_fees = 1 + len(fees_of(desk))
    assert deposit_and_fees > 1
    assert checked.output.strip() == f"{desk.site.slug}: {deposit_and_fees} journals, 1 escrows, everything agrees"
    with desk.session() as session:
        from_books = session.connection().exec_driver_sql("update app.escrows set status = 'releasing' returning 1")
        assert from_books.fetchall()
    assert run(ledger, desk.settings, "check", "--tenant", desk.site.slug).exit_code == 0
    assert run(ledger, desk.settings, "check", "--tenant", "nobody").exit_code == 1


def test_failed_jobs_are_listed_and_queued_again(settings: Settings, database: None) -> None:
    url = make_url(settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        made = connection.execute(
            "insert into procrastinate_jobs (task_name, queue_name, priority, args, status, attempts)"
            " values ('chain.push', 'nowhere', 0, '{}', 'failed', 3) returning id"
        ).fetchone()
        assert made is not None
        try:
            listed = run(jobs, settings, "list")
            assert f"{made[0]}  chain.push  tries 3" in listed.output
            assert run(jobs, settings, "retry", str(made[0])).exit_code == 0
            status = connection.execute("select status from procrastinate_jobs where id = %s", made).fetchone()
            assert status == ("todo",)
            assert run(jobs, settings, "retry", str(made[0])).exit_code == 1
            assert run(jobs, settings, "retry").exit_code == 2
        finally:
            connection.execute("delete from procrastinate_jobs where id = %s", made)
