"""Pure rules of paying people's network fees: periods, what a request may use, and what is left for the next one."""

from datetime import datetime, timedelta

from app.modules.chain.rules import COIN

PERIODS = ("once", "week", "month")
LASTS = {"week": timedelta(days=7), "month": timedelta(days=30)}
REQUEST_GAS = 260_000  # units of gas that a request may use: a deposit with a permit, generously
OVERHEAD = 60_000  # what the forwarder counts around it (contracts/src/Forwarder.sol)
MOST_BUDGET = 100 * COIN  # of one period; more is a slip of the hand, and the signer refuses it
MOST_A_DAY = 50  # payments of one person in 24 hours
CARRIED = frozenset({"openEscrowWithPermit"})  # the factory's functions that a request may call
KIND = "gas.sponsor"


def ends_at(period: str, begun_at: datetime) -> datetime | None:
    """Return when the next period begins, None where there is no next one."""
    return begun_at + LASTS[period] if period in LASTS else None


def is_over(period: str, begun_at: datetime, now: datetime) -> bool:
    """Tell whether a new period begins."""
    end = ends_at(period, begun_at)
    return end is not None and now >= end


def most(gas_price: int) -> int:
    """Return the most that one request takes off the budget, in wei, at a price of a unit of gas."""
    return (REQUEST_GAS + OVERHEAD) * gas_price


def free(left: int, *, reserved: int, lost: int) -> int:
    """Return what the next request may still take: `left` by the contract, less what is promised to others and what
    refused transactions cost, which the contract doesn't count. In wei, never below 0.
    """
    return max(left - reserved - lost, 0)


def intent_key(nonce: int, digest: str) -> str:
    """Return the key of the intent that carries a request. The nonce is the one part that its calldata lacks."""
    return f"sponsor:{nonce}:{digest}"


def nonce_of(key: str) -> int:
    """Return the nonce in an intent's key. Raises ValueError for any other key."""
    head, nonce, _digest = key.split(":")
    if head != "sponsor" or not nonce.isdecimal():
        raise ValueError(key)
    return int(nonce)
