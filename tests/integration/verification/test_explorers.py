"""Etherscan and Sourcify, by the same tests: what is given, what comes back, and what only has to be asked again."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.integrations.chain import abi
from app.integrations.chain.networks import Network
from app.integrations.verification.live import Etherscan, Sourcify, explorers
from app.integrations.verification.port import Explorer, ExplorerUnavailable, Sources
from app.integrations.verification.sources import SourcesMissing, standard_json
from tests.support.explorers import KEY, Explorers

ROOT = Path(__file__).resolve().parents[3]
CHAIN = 11155111
ADDRESS = "0x" + "a1" * 20
ARGUMENTS = "00" * 12 + "b2" * 20

pytestmark = pytest.mark.usefixtures("library")


@pytest.fixture(scope="module")
def library() -> None:
    """The library's sources, installed as scripts/contracts does it where nobody did yet."""
    try:
        standard_json("Escrow")
    except SourcesMissing:
        command = [ROOT / ".venv/bin/npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        env = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"}
        subprocess.run(command, cwd=ROOT / "contracts", env=env, check=True)


@pytest.fixture
def there() -> Iterator[Explorers]:
    with Explorers(deployed={ADDRESS: ARGUMENTS}) as there:
        yield there


@pytest.fixture(params=["etherscan", "sourcify"])
def explorer(request: pytest.FixtureRequest, there: Explorers) -> Explorer:
    if request.param == "etherscan":
        return Etherscan(f"{there.url}/v2/api", chain_id=CHAIN, key=KEY)
    return Sourcify(f"{there.url}/server", chain_id=CHAIN)


def sources(name: str = "Escrow") -> Sources:
    made = abi.artifact(name)
    return Sources(
        address=ADDRESS, identifier=f"{made['sourceName']}:{name}", compiler=made["compiler"],
        standard_json=standard_json(name), arguments=ARGUMENTS,
    )  # fmt: skip


def test_sources_are_checked_and_then_verified(explorer: Explorer) -> None:
    asked = explorer.submit(sources())
    assert asked.state == "pending"
    assert asked.ticket
    assert explorer.check(asked.ticket).state == "pending"
    assert explorer.check(asked.ticket).state == "verified"


def test_what_is_verified_already_is_no_error(explorer: Explorer) -> None:
    first = explorer.submit(sources())
    for _ in range(2):
        explorer.check(first.ticket)
    assert explorer.submit(sources()).state == "verified"


@pytest.mark.parametrize("change", ["a source", "a missing source", "another source", "the settings", "the compiler"])
def test_sources_that_are_not_those_on_the_chain_fail_in_words(explorer: Explorer, change: str) -> None:
    given = sources()
    units = {unit: dict(one) for unit, one in given.standard_json["sources"].items()}
    body = {**given.standard_json, "sources": units}
    if change == "a source":
        units["src/Escrow.sol"]["content"] += "\n"
    elif change == "a missing source":
        units.pop(max(units))
    elif change == "another source":
        units["src/More.sol"] = {"content": ""}
    elif change == "the settings":
        body["settings"] = {**body["settings"], "viaIR": False}
    compiler = "0.8.30+commit.73712a01" if change == "the compiler" else given.compiler
    asked = explorer.submit(replace(given, standard_json=body, compiler=compiler))
    explorer.check(asked.ticket)
    found = explorer.check(asked.ticket)
    assert found.state == "failed"
    assert found.words


def test_a_contract_that_it_has_not_seen_yet_is_asked_about_again(explorer: Explorer) -> None:
    given = replace(sources(), address="0x" + "c3" * 20)
    with pytest.raises(ExplorerUnavailable):
        asked_twice(explorer, given)


def asked_twice(explorer: Explorer, given: Sources) -> None:
    ticket = explorer.submit(given).ticket
    explorer.check(ticket)
    explorer.check(ticket)


@pytest.mark.parametrize("broken", ["500", "503", "<html>Just a moment…</html>"])
def test_an_explorer_that_is_out_is_asked_again(explorer: Explorer, there: Explorers, broken: str) -> None:
    there.broken = broken
    with pytest.raises(ExplorerUnavailable):
        explorer.submit(sources())


def test_nobody_there_is_asked_again() -> None:
    nowhere = "http://127.0.0.1:9"
    for explorer in (Etherscan(nowhere, chain_id=CHAIN, key=KEY), Sourcify(nowhere, chain_id=CHAIN)):
        with pytest.raises(ExplorerUnavailable):
            explorer.submit(sources())


def test_a_wrong_key_another_chain_and_wrong_arguments_fail_in_words(there: Explorers) -> None:
    api = f"{there.url}/v2/api"
    assert "Invalid API Key" in Etherscan(api, chain_id=CHAIN, key="wrong").submit(sources()).words
    assert "chainid" in Etherscan(api, chain_id=5, key=KEY).submit(sources()).words
    assert "not supported" in Sourcify(f"{there.url}/server", chain_id=5).submit(sources()).words
    explorer = Etherscan(api, chain_id=CHAIN, key=KEY)
    asked = explorer.submit(replace(sources(), arguments="00" * 32))
    explorer.check(asked.ticket)
    assert explorer.check(asked.ticket).state == "failed"


def test_every_contract_of_the_deployment_has_the_sources_it_was_compiled_from(there: Explorers) -> None:
    for step in abi.artifact("deployment")["steps"]:
        explorer = Sourcify(f"{there.url}/server", chain_id=CHAIN)
        asked = explorer.submit(sources(step["contract"]))
        explorer.check(asked.ticket)
        assert explorer.check(asked.ticket).state == "verified", step
        there.verified.clear()


def test_who_is_asked_depends_on_the_chain_and_the_key() -> None:
    both = Network(chain_id=CHAIN, name="Sepolia", etherscan=True, sourcify=True)
    assert [one.name for one in explorers(both, etherscan_key=KEY)] == ["Etherscan", "Sourcify"]
    assert [one.name for one in explorers(both, etherscan_key="")] == ["Sourcify"]
    assert explorers(Network(chain_id=31337, name="Local chain"), etherscan_key=KEY) == []
