"""Pure rules of the chain module: what a deployment consists of, the states of a transaction, and what fees may be."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZERO_ADDRESS = "0x" + "0" * 40
OPEN = ("prepared", "signed", "broadcast", "mined", "confirmed")
IN_A_BLOCK = ("mined", "confirmed", "final")
WITHOUT_EFFECT = ("reverted", "refused", "cancelled", "replaced")
ENDED = ("final", *WITHOUT_EFFECT)
CONFIRMED_AT = 3  # blocks from the one a transaction is in to the newest, both counted
RELEASE, RELEASES = "escrow.release", "escrow.release_many"
MOST_TOGETHER = 20  # releases in one transaction; more save nothing worth the risk that one stops all
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


GWEI = 10**9
# What a unit of gas may cost at most, in wei, by the beginning of an intent's kind: decisions about money are urgent.
FEE_CAPS = {"escrow.": 1000 * GWEI, "": 500 * GWEI}
MOST_TIMES = 8  # … and never more than so many times what was offered first
FILLER_GAS = 21_000
MOST_GAS = 15_000_000
REPLANS = 3  # how often an intent takes a new place after somebody else's transaction took its nonce


@dataclass(frozen=True)
class Offer:
    """What a unit of gas is offered, in wei (EIP-1559)."""

    max_fee: int
    priority_fee: int


def fee_cap(kind: str) -> int:
    """Return the most that a unit of gas may cost for an intent of this kind, in wei."""
    return next(cap for prefix, cap in FEE_CAPS.items() if kind.startswith(prefix))


def raised(last: Offer, *, first: Offer, going: Offer | None, kind: str) -> Offer | None:
    """Return the next offer at the same nonce: an eighth more, or what goes now where that is more; None at the cap.

    Nodes take another transaction at a nonce only from 10 % more on, so less than an eighth isn't tried.
    """
    cap = min(fee_cap(kind), first.max_fee * MOST_TIMES)
    least = Offer(last.max_fee * 9 // 8 + 1, last.priority_fee * 9 // 8 + 1)
    if least.max_fee > cap:
        return None
    wanted = max(least.max_fee, going.max_fee if going else 0)
    tip = max(least.priority_fee, going.priority_fee if going else 0)
    return Offer(min(wanted, cap), min(tip, wanted, cap))


def month_begun(now: datetime, time_zone: str) -> datetime:
    """Return when the month of `now` began where people live in this zone (`Europe/Amsterdam`)."""
    return now.astimezone(ZoneInfo(time_zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def capped(going: Offer, kind: str) -> Offer:
    """Return what is offered first: what goes now, and no more than the cap."""
    cap = fee_cap(kind)
    return Offer(min(going.max_fee, cap), min(going.priority_fee, cap))


@dataclass(frozen=True)
class Limits:
    """What signing may cost, in wei of the native coin: each transaction, all of an hour, all of a day."""

    each_one: int
    an_hour: int
    a_day: int


COIN = 10**18
MOST_COINS = 1_000_000  # whole coins of a limit: more is a slip of the hand
LIMITS = {"tenant": Limits(COIN // 2, 2 * COIN, 10 * COIN), "whole": Limits(COIN, 10 * COIN, 50 * COIN)}


def exceeded(cost: int, *, hour: int, day: int, limits: Limits) -> str:
    """Return which limit a transaction would exceed (`each-one`, `an-hour`, `a-day`), or nothing.

    `hour` and `day` are what was signed in the last hour and day before it, in wei.
    """
    if cost > limits.each_one:
        return "each-one"
    if hour + cost > limits.an_hour:
        return "an-hour"
    return "a-day" if day + cost > limits.a_day else ""
