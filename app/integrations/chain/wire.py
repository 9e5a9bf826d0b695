"""The chain and the keys that an installation's settings ask for."""

from dataclasses import dataclass

from app.config import Settings
from app.integrations.chain import networks, pool
from app.integrations.chain.keys import AskedKeys
from app.integrations.chain.port import Chain, Keys


@dataclass(frozen=True)
class ChainPorts:
    """What work on the chain needs of the outside world."""

    chain: Chain
    keys: Keys


def ports(settings: Settings) -> ChainPorts:
    """Return the live chain and the addresses of keys. Nothing is asked of the node or the signer yet."""
    networks.read(settings.home)
    return ChainPorts(
        pool.connect(settings.endpoints, chain_id=settings.chain_id), AskedKeys(demo_secret=settings.secret_key)
    )
