"""What the product asks of an explorer: to compile our sources and say that they are what stands at an address."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol


class ExplorerUnavailable(Exception):
    """The explorer gave no usable answer, or has not seen the contract yet. Ask again later."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """A contract at an address, and everything it was compiled from.

    `identifier` is file and name (src/Escrow.sol:Escrow), `compiler` the version without a v, `standard_json` the
    compiler's whole input, `arguments` the constructor's, encoded, as hexadecimal digits.
    """

    address: str
    identifier: str
    compiler: str
    standard_json: dict[str, Any]
    arguments: str


@dataclass(frozen=True)
class Outcome:
    """How a check stands. `ticket` is what the explorer calls it while it is pending, `words` why it failed."""

    state: Literal["pending", "verified", "failed"]
    ticket: str = ""
    words: str = ""


class Explorer(Protocol):
    """One explorer, for one chain."""

    name: str

    def submit(self, sources: Sources) -> Outcome:
        """Ask for a check; asking about a verified contract is no error. Raises ExplorerUnavailable."""
        ...

    def check(self, ticket: str) -> Outcome:
        """Return how a check stands. Raises ExplorerUnavailable."""
        ...
