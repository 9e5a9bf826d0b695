"""Pure rules of the chain module: what a deployment consists of and which state follows which."""

from dataclasses import dataclass
from datetime import datetime

ZERO_ADDRESS = "0x" + "0" * 40
STEPS = ("validate", "token", "sale", "configure", "activate")


@dataclass(frozen=True, kw_only=True)
class DealSpec:
    """What a deal's token and sale are made of. Amounts are base units of the asset, `price` those of one whole token.

    `asset` is the payment token's address, ZERO_ADDRESS for the native coin. `max_ticket` 0 means: only the hard cap
    limits. `proceeds` receives the money of a successful sale; empty: the tenant's treasury.
    """

    chain_id: int
    name: str
    symbol: str
    decimals: int
    asset: str
    price: int
    soft_cap: int
    hard_cap: int
    opens_at: datetime
    closes_at: datetime
    min_ticket: int
    max_ticket: int = 0
    proceeds: str = ""


@dataclass(frozen=True, kw_only=True)
class PreparedTransaction:
    """A transaction that a person's wallet is asked to sign. `value` is in wei, `summary` says what it does."""

    chain_id: int
    to: str
    data: str
    value: int
    summary: str
