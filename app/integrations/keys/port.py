"""What the signer asks of whatever keeps its keys: files, or a security module. A key never leaves."""

from dataclasses import dataclass
from typing import Protocol

# Half of the order of secp256k1: of s and n - s only the lower one is accepted by nodes (EIP-2).
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Signature:
    """An ECDSA signature on secp256k1 with a low `s`; `parity` is 0 or 1 (EIP-1559's y parity)."""

    parity: int
    r: int
    s: int


class SigningKey(Protocol):
    """One key."""

    @property
    def address(self) -> str:
        """The address of the key, with checksum."""
        ...

    def sign_digest(self, digest: bytes) -> Signature:
        """Return the signature of 32 bytes."""
        ...


class KeyRing(Protocol):
    """Keys by name. A name is `owner`, `treasury`, `operator-<tenant>` …, never a path."""

    def key(self, name: str) -> SigningKey:
        """Return a key, which is made where it is missing. Raises ValueError for what is no name of a key."""
        ...


def is_low(s: int) -> bool:
    """Tell whether nodes accept this s."""
    return 0 < s <= ORDER // 2
