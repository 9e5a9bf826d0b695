"""`portico signer …`: the operator's switch and limits."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from app.config import Settings
from app.modules.chain.cli_signer import signer as commands
from tenants.service import Site
from tests.support import sample as samples


@pytest.fixture(scope="module")
def console(database: None) -> Site:
    return samples.found_console()


@pytest.fixture
def portico(settings: Settings, console: Site) -> Iterator[CliRunner]:
    yield CliRunner()
    (settings.home / "signer.halt").unlink(missing_ok=True)


def run(runner: CliRunner, settings: Settings, *words: str) -> Result:
    group: click.Group = commands
    return runner.invoke(group, list(words), obj=settings)


def test_halt_and_resume_turn_both_switches(portico: CliRunner, settings: Settings) -> None:
    assert run(portico, settings, "halt", "--reason", "a key may be lost").exit_code == 0
    assert (settings.home / "signer.halt").exists()
    assert "signer: halted (a key may be lost)" in run(portico, settings, "status").output
    assert run(portico, settings, "resume").exit_code == 0
    assert not (settings.home / "signer.halt").exists()
    assert "halted" not in run(portico, settings, "status").output


def test_limits_are_shown_and_set_in_whole_coins(portico: CliRunner, settings: Settings, acme: Site) -> None:
    assert "each 0.5, an hour 2, a day 10 ETH" in run(portico, settings, "limits", "--tenant", acme.slug).output
    changed = run(portico, settings, "limits", "--tenant", acme.slug, "--each-one", "3").output
    assert "each 3, an hour 3, a day 10 ETH" in changed
    assert "each 1, an hour 10, a day 50 ETH" in run(portico, settings, "limits").output


def test_a_recipient_is_allowed_by_its_whole_address_alone(portico: CliRunner, settings: Settings, acme: Site) -> None:
    good = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    assert good in run(portico, settings, "allow", good, "--tenant", acme.slug).output
    assert run(portico, settings, "allow", good[:-1], "--tenant", acme.slug).exit_code == 1
    assert run(portico, settings, "allow", good, "--tenant", "nobody").exit_code == 1
