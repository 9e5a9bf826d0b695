"""What the product asks of a chain. Every read names the block it is about; hashes and data are 0x-prefixed text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

At = int | Literal["latest", "finalized"]
Refusal = Literal["known", "nonce-too-low", "underpriced", "poor", "other"]


class ChainUnavailable(Exception):
    """No node gave a usable answer. Nothing is known about what was asked; ask again later."""


class Misanswered(ChainUnavailable):
    """A node gave an answer that can't be true, whatever the chain holds."""


class CallReverted(Exception):
    """The contract refuses the call. `name` is its error's name, `words` the error with its values."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name
        self.words = words


class SendRefused(Exception):
    """The node did not take the bytes. `why` is a question, not a failure: look the hashes up before believing it."""

    def __init__(self, why: Refusal, words: str) -> None:
        super().__init__(words)
        self.why = why


@dataclass(frozen=True)
class Block:
    """A block's place in the chain. `bloom` is its filter of what contracts announced; empty where unknown."""

    number: int
    hash: str
    parent_hash: str
    time: datetime
    bloom: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Log:
    """What a contract announced, undecoded."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    block_number: int
    block_hash: str
    tx_hash: str
    index: int


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction. `gas_price` is in wei; `made` is the address of a created contract.

    `logs` are what contracts announced in it, in order.
    """

    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int
    made: str | None
    logs: tuple[Log, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call of a contract, or with `to` None its creation. `value` is in wei."""

    to: str | None
    data: str
    value: int = 0


@dataclass(frozen=True)
class Fees:
    """What a gas unit may cost, in wei (EIP-1559)."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True)
class Node:
    """How one of our nodes does. `state`: healthy, behind, down, returning (answers again) or cordoned (was outvoted).

    `latency` is in seconds. `error` is what it said or did last that was wrong, for operators; `good` counts the looks
    since then at which it was in order, and `needed` how many make it count again.
    """

    name: str
    state: str
    latency: float
    head: int
    final: int
    error: str
    good: int
    needed: int


class Chain(Protocol):
    """One chain, through its nodes. Every method raises ChainUnavailable when there is no usable answer."""

    def chain_id(self) -> int:
        """Return the chain's number (EIP-155)."""
        ...

    def block(self, at: At) -> Block | None:
        """Return a block, or None where the chain has none at that number."""
        ...

    def blocks(self, first: int, last: int) -> list[Block]:
        """Return the blocks `first` to `last`, each the parent of the next."""
        ...

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[Log]:
        """Return what these contracts announced in blocks `first` to `last`, in order."""
        ...

    def logs_in(self, number: int, addresses: Sequence[str]) -> list[Log] | None:
        """Return the same of one block, out of its receipts; None where the node doesn't give these."""
        ...

    def call(self, call: Call, *, at: At) -> bytes:
        """Return what a read-only call answers. Raises CallReverted."""
        ...

    def estimate(self, call: Call, *, sender: str) -> int:
        """Return the gas a transaction would use now. Raises CallReverted."""
        ...

    def fees(self) -> Fees:
        """Return fees that a block of the next minutes accepts."""
        ...

    def send(self, raw: bytes) -> None:
        """Broadcast signed bytes; sending them again does no harm. Raises SendRefused."""
        ...

    def receipt(self, tx_hash: str) -> Receipt | None:
        """Return what became of a transaction on the node's branch, or None while it is in no block."""
        ...

    def nonce(self, address: str, *, at: At) -> int:
        """Return how many transactions of `address` are in the chain."""
        ...

    def balance(self, address: str, *, at: At) -> int:
        """Return the native coin of an address, in wei."""
        ...

    def code(self, address: str, *, at: At) -> bytes:
        """Return the contract code at an address; empty where there is none."""
        ...

    def look(self) -> list[Node]:
        """Look at every node once, and return how each does. Raises nothing."""
        ...

    def quorum(self) -> tuple[int, int]:
        """Return how many nodes have to agree, and how many there are."""
        ...

    def grant_coin(self, address: str, wei: int) -> None:
        """Give an address at least `wei` of native coin. Local chains only."""
        ...

    def travel(self, seconds: int) -> None:
        """Let time pass on the chain and mine a block. Local chains only."""
        ...


@dataclass(frozen=True)
class Signed:
    """Signed bytes and the hash under which the chain will know them."""

    tx_hash: str
    raw: bytes


class SignerAway(ChainUnavailable):
    """The signer does not answer. Nothing is lost: what it was asked for waits until it runs again."""

    def __init__(self) -> None:
        super().__init__("the signer does not answer: it runs with scripts/up, or alone as: portico signer run")


class Keys(Protocol):
    """Addresses of the platform's keys. A key is known by its name; only the signer has it."""

    def address(self, name: str) -> str:
        """Return the address of a key, which is made where it is missing. Raises SignerAway."""
        ...
