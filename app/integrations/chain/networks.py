"""The chains that the product knows: networks.toml beside this file, and what the installation's own file adds."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

LOCAL = 31337
OWN_FILE = "networks.toml"
ETHERSCAN = "https://api.etherscan.io/v2/api"
SOURCIFY = "https://sourcify.dev/server"
_SHIPPED = Path(__file__).with_name("networks.toml")


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Return the text, which is translated where it is shown."""
    return text


LOCAL_NAME = N_("Local chain")


class BadNetworks(Exception):
    """The installation's networks.toml says something that can't be used."""


@dataclass(frozen=True)
class KnownToken:
    """A well-known stable coin. `permit`: an allowance can be given by a signature (EIP-2612)."""

    code: str
    address: str
    decimals: int
    permit: bool = False


@dataclass(frozen=True, kw_only=True)
class Network:
    """A chain, as networks.toml describes it. `finality` is a tag of the node, or a number of blocks."""

    chain_id: int
    name: str
    coin: str = "ETH"
    block_time: float = 12.0
    finality: str | int = 64
    final_after: int = 64
    explorer: str = ""
    tx_url: str = ""
    address_url: str = ""
    block_url: str = ""
    etherscan: bool = False
    etherscan_api: str = ETHERSCAN
    sourcify: bool = False
    sourcify_api: str = SOURCIFY
    tokens: tuple[KnownToken, ...] = ()

    @property
    def depth(self) -> int:
        """How many blocks make one certain; 0 where the node's tag is asked."""
        return self.finality if isinstance(self.finality, int) else 0

    @property
    def late_after(self) -> int:
        """How many blocks between the newest and the newest final one are three times too many."""
        return 3 * self.final_after

    def link(self, kind: str, value: str) -> str:
        """Return where people look a `tx`, an `address` or a `block` up; empty where there is no explorer."""
        pattern: str = getattr(self, f"{kind}_url") or (f"{self.explorer}/{kind}/{{}}" if self.explorer else "")
        return pattern.replace("{}", value) if pattern and value else ""


def _parsed(text: str, base: dict[int, dict[str, Any]], where: Path) -> dict[int, dict[str, Any]]:
    known = {field.name for field in fields(Network)}
    values = {chain_id: dict(network) for chain_id, network in base.items()}
    try:
        for key, table in tomllib.loads(text).items():
            strange = set(table) - known
            if strange:
                raise BadNetworks(f"{where}: [{key}] has a word nobody knows: {', '.join(sorted(strange))}.")
            values[int(key)] = {**values.get(int(key), {}), **table}
    except (tomllib.TOMLDecodeError, ValueError, TypeError) as error:
        raise BadNetworks(f"{where}: {error}") from error
    return values


def _made(chain_id: int, values: dict[str, Any]) -> Network:
    finality = values.get("finality", 64)
    if finality not in ("finalized", "safe") and not (isinstance(finality, int) and finality > 0):
        raise BadNetworks(f"[{chain_id}] finality is finalized, safe or a number of blocks, not {finality!r}.")
    tokens = tuple(KnownToken(**token) for token in values.get("tokens", ()))
    return Network(**{"chain_id": chain_id, "name": f"Chain {chain_id}", **values, "tokens": tokens})


def _read(home: Path | None) -> dict[int, Network]:
    values = _parsed(_SHIPPED.read_text("utf-8"), {}, _SHIPPED)
    own = home / OWN_FILE if home else None
    if own is not None and own.exists():
        values = _parsed(own.read_text("utf-8"), values, own)
    try:
        return {chain_id: _made(chain_id, one) for chain_id, one in values.items()}
    except TypeError as error:
        raise BadNetworks(f"{own}: {error}") from error


_networks = _read(None)


def read(home: Path) -> None:
    """Take the installation's own chains into account. Raises BadNetworks."""
    global _networks
    _networks = _read(home)


def networks() -> list[Network]:
    """Return every chain that is known, by number."""
    return [_networks[chain_id] for chain_id in sorted(_networks)]


def network(chain_id: int) -> Network:
    """Return what is known of a chain; an unknown one has no explorer and is final 64 blocks deep."""
    return _networks.get(chain_id) or Network(chain_id=chain_id, name=f"Chain {chain_id}")
