"""The chains that the product knows. Adding one is a line here."""

from dataclasses import dataclass

LOCAL = 31337


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Return the text, which is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Network:
    """A chain. `depth` is how many blocks make a block final where the node knows no finalized tag; 0: ask the tag."""

    chain_id: int
    name: str
    coin: str
    explorer: str
    depth: int = 0


NETWORKS = {
    network.chain_id: network
    for network in (
        Network(LOCAL, N_("Local chain"), "ETH", ""),
        Network(1, "Ethereum", "ETH", "https://etherscan.io"),
        Network(10, "Optimism", "ETH", "https://optimistic.etherscan.io"),
        Network(137, "Polygon", "POL", "https://polygonscan.com", 256),
        Network(8453, "Base", "ETH", "https://basescan.org"),
        Network(42161, "Arbitrum One", "ETH", "https://arbiscan.io"),
        Network(11155111, "Sepolia", "ETH", "https://sepolia.etherscan.io"),
    )
}


def network(chain_id: int) -> Network:
    """Return what is known of a chain; an unknown one has no explorer and is final 64 blocks deep."""
    return NETWORKS.get(chain_id) or Network(chain_id, f"Chain {chain_id}", "ETH", "", 64)
