"""Pure rules of double entry: which accounts there are, what balances, and how a journal is sealed.

Amounts are whole base units with a sign: debit positive, credit negative.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.modules.ledger.errors import Unbalanced, UnknownAccountKind

# kind → the side it grows on; "either" may stand on both.
KINDS: dict[str, str] = {
    "chain_custody": "debit",
    "deposits_in_flight": "debit",
    "investor_available": "credit",
    "investor_reserved": "credit",
    "escrow_held": "credit",
    "deal_proceeds": "credit",
    "fees_due": "credit",
    "fees_earned": "credit",
    "treasury": "debit",
    "gas_paid": "debit",
    "gas_advanced": "credit",
    "payouts_in_flight": "credit",
    "suspense": "either",
}

UNDO, AGAIN = "undo:", "again:"  # before the key of a journal that undoes one, or posts one again that was undone


@dataclass(frozen=True, kw_only=True)
class Line:
    """One posting: `amount` base units of `asset` (Asset.key) on the account of this kind and owner."""

    account: str
    asset: str
    amount: int
    owner_id: UUID | None = None


# code → what differs, as the operator's commands say it; pages have words of their own in each language.
DIFFERENCES = {
    "balance": "the balance of {kind} {owner} in {asset}",
    "seal": "the seal of journal {number}",
    "journal": "journal {number} in {asset}",
    "gas": "the network fee of transaction {transaction}",
    "gas-unknown": "the network fee {key}",
    "money": "the money in escrow {escrow}",
    "state": "the state of escrow {escrow}",
    "held": "what is held in {asset}",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where what is booked and what is counted disagree. `code` is one of DIFFERENCES; amounts in base units."""

    code: str
    values: Mapping[str, str]
    booked: int
    counted: int

    @property
    def what(self) -> str:
        """What differs, in English."""
        return DIFFERENCES[self.code].format_map(self.values)

    def as_fact(self) -> dict[str, Any]:
        """Return it as JSON: amounts are decimal strings."""
        return {
            "code": self.code,
            "values": dict(self.values),
            "booked": str(self.booked),
            "counted": str(self.counted),
        }


def first_key(key: str) -> str:
    """Return the key under which a journal was posted the first time."""
    while key.startswith(AGAIN):
        key = key.removeprefix(AGAIN)
    return key


def assert_balanced(lines: Sequence[Line]) -> None:
    """Raise Unbalanced unless every asset's postings are two or more, none zero, and add up to zero.

    Raises UnknownAccountKind for a kind outside of KINDS.
    """
    sums: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.account not in KINDS:
            raise UnknownAccountKind(line.account)
        if line.amount == 0:
            raise Unbalanced("a posting of nothing")
        sums[line.asset] += line.amount
        counts[line.asset] += 1
    if not lines or any(sums.values()) or min(counts.values()) < 2:
        raise Unbalanced(f"the postings add up to {dict(sums)}")


def seal(previous: str, *, key: str, kind: str, cause: str, posted_at: datetime, lines: Sequence[Line]) -> str:
    """Return the hash that chains a journal to the one before it (SHA-256, hexadecimal)."""
    body = {
        "previous": previous,
        "key": key,
        "kind": kind,
        "cause": cause,
        "posted_at": posted_at.astimezone(UTC).isoformat(),
        "lines": [[line.account, str(line.owner_id or ""), line.asset, str(line.amount)] for line in lines],
    }
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
