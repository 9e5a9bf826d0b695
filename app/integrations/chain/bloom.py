"""A block's bloom filter: what it says is not in the block, isn't; so a node can't simply leave a contract's logs out.

Source: the Ethereum yellow paper, section 4.3.1: three bits of 2048 for each address and topic.
"""

from eth_utils.conversions import to_bytes
from eth_utils.crypto import keccak


def may_have(bloom: bytes, address: str) -> bool:
    """Tell whether a contract may have announced something in this filter's block. An empty one says no."""
    digest = keccak(to_bytes(hexstr=address))
    bits = (int.from_bytes(digest[place : place + 2], "big") % 2048 for place in (0, 2, 4))
    return len(bloom) == 256 and all(bloom[255 - bit // 8] >> (bit % 8) & 1 for bit in bits)
