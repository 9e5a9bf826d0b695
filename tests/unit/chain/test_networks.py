"""The chains that are known, and those that an installation adds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils.address import is_checksum_address

from app.integrations.chain import networks
from app.integrations.chain.networks import BadNetworks


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path) -> Iterator[None]:
    yield
    networks.read(tmp_path / "nothing")


def own(folder: Path, text: str) -> None:
    (folder / "networks.toml").write_text(text)
    networks.read(folder)


def test_every_shipped_chain_says_when_its_blocks_are_final_and_what_is_paid_with() -> None:
    found = {network.chain_id: network for network in networks.networks()}
    assert {1, 10, 137, 8453, 42161, 31337, 11155111} <= set(found)
    for network in found.values():
        assert network.finality in ("finalized", "safe") or network.depth > 0
        assert network.block_time > 0
        assert network.late_after == 3 * network.final_after
        for token in network.tokens:
            assert is_checksum_address(token.address), token
            assert token.decimals in (6, 18)
    assert all(found[chain_id].explorer.startswith("https://") for chain_id in (1, 10, 137, 8453, 42161))


def test_links_lead_to_the_explorer_and_nowhere_where_there_is_none(tmp_path: Path) -> None:
    assert networks.network(1).link("tx", "0xab") == "https://etherscan.io/tx/0xab"
    assert networks.network(31337).link("tx", "0xab") == ""
    assert networks.network(1).link("tx", "") == ""
    own(tmp_path, '[1]\naddress_url = "https://scan.example/a/{}?tab=code"')
    assert networks.network(1).link("address", "0xab") == "https://scan.example/a/0xab?tab=code"
    assert networks.network(1).link("tx", "0xab") == "https://etherscan.io/tx/0xab"


def test_an_installation_adds_a_chain_and_changes_single_values_of_others(tmp_path: Path) -> None:
    own(tmp_path, '[424242]\nname = "Our own"\ncoin = "OWN"\nfinality = 12\n[137]\nfinality = "finalized"')
    added = networks.network(424242)
    assert (added.name, added.coin, added.depth, added.explorer) == ("Our own", "OWN", 12, "")
    assert networks.network(137).depth == 0
    assert networks.network(137).coin == "POL"


def test_an_unknown_chain_is_final_deep_down() -> None:
    assert networks.network(987).depth == 64


@pytest.mark.parametrize(
    "text",
    [
        "[1]\nfinalty = 3",
        "[1]\nfinality = 'soon'",
        "[1]\nfinality = 0",
        "[one]\nname = 'x'",
        "[1",
        "[1]\ntokens = [{}]",
    ],
)
def test_a_file_that_says_nonsense_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadNetworks):
        own(tmp_path, text)
