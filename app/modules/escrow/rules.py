"""Pure rules of escrow: the texts of amounts, which state follows which, and which deposits are the expected ones."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from app.core.money import Asset

Verdict = Literal["release", "reject"]

CAUSES = {1: "rejected", 2: "undecided", 3: "expired", 4: "mutual"}
PAYABLE = ("expected", "forgotten")

# from → to: every change a row may make; the database refuses others (migration 0023).
TRANSITIONS: tuple[tuple[str, str], ...] = (
    ("expected", "arriving"),
    ("expected", "held"),
    ("expected", "forgotten"),
    ("forgotten", "expected"),
    ("arriving", "expected"),
    ("arriving", "held"),
    ("held", "releasing"),
    ("held", "refunding"),
    ("held", "released"),
    ("held", "refunded"),
    ("releasing", "held"),
    ("releasing", "released"),
    ("releasing", "refunding"),
    ("releasing", "refunded"),
    ("refunding", "held"),
    ("refunding", "refunded"),
    ("refunding", "releasing"),
    ("refunding", "released"),
    ("released", "returning"),
    ("released", "returned"),
    ("returning", "released"),
    ("returning", "returned"),
)

OPENED, RELEASED, REFUNDED, RETURNED = "EscrowOpened", "EscrowReleased", "EscrowRefunded", "PurchaseReturned"
# status → what has to be announced in a final block for money to stand there.
GROUNDS = {
    "held": OPENED,
    "releasing": OPENED,
    "refunding": OPENED,
    "released": RELEASED,
    "returning": RELEASED,
    "refunded": REFUNDED,
    "returned": RETURNED,
}


class Expected(Protocol):
    """What is known of a payment before it comes, and whose it is."""

    id: Any
    deal_id: Any
    user_id: Any
    payer: Any
    asset_contract: Any
    amount: Any
    status: Any


def written(asset: Asset, amount: int) -> str:
    """Return an amount in words for a wallet's panel: `5,000.00 EUR`. `amount` in base units; no digit is lost."""
    whole, part = divmod(amount, 10**asset.decimals)
    digits = f"{part:0{asset.decimals}d}" if asset.decimals else ""
    digits = digits.rstrip("0").ljust(asset.display_decimals, "0")
    return f"{whole:,}{'.' if digits else ''}{digits} {asset.code}"


def id_on_chain(expected: Expected) -> str:
    """Return the id under which contracts know an escrow: its own, and the end of its payer's address."""
    return f"0x{expected.id.hex}{expected.payer[-32:].lower()}"


def mismatch(expected: Expected, announced: Mapping[str, Any]) -> str:
    """Return why an announced deposit isn't exactly the expected one (then it isn't credited), or an empty text."""
    if expected.status == "forgotten":
        return "it was no longer expected"
    if UUID(hex=announced["dealId"][2:34]) != expected.deal_id:
        return "it is for another deal"
    if announced["payer"] != expected.payer:
        return "it came from another address"
    if announced["asset"] != expected.asset_contract:
        return "it is in another asset"
    if int(announced["amount"]) != expected.amount:
        return "it is another amount"
    return ""


def fallen_back(status: str, left: Collection[str]) -> str:
    """Return where an escrow stands when `left` are the final announcements that the chain didn't lose.

    That is `status` itself where its ground is still there; what wasn't final yet stands where it stood.
    """
    if GROUNDS.get(status) is None or GROUNDS[status] in left:
        return status
    if RELEASED in left:
        return "released"
    if REFUNDED in left:
        return "refunded"
    return "held" if OPENED in left else "expected"


def subject(expected: Expected) -> dict[str, Any]:
    """Return the fields that every escrow event carries."""
    return {
        "investment_id": expected.id,
        "deal_id": expected.deal_id,
        "user_id": expected.user_id,
        "amount": expected.amount,
    }


def due(*, decide_by: datetime | None, expires_at: datetime | None, instant: datetime) -> str:
    """Return which clock of a held escrow has run out at `instant`: `expired`, `undecided` or an empty text."""
    if expires_at is not None and instant >= expires_at:
        return "expired"
    if decide_by is not None and instant >= decide_by:
        return "undecided"
    return ""
