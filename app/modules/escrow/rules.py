"""Pure rules of escrow: the texts of amounts, and which state follows which."""

from typing import Literal

from app.core.money import Asset

Verdict = Literal["release", "reject"]

CAUSES = {1: "rejected", 2: "undecided", 3: "expired", 4: "mutual"}

# from → to: every change a row may make; the database refuses others (migration 0011).
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
    ("releasing", "refunded"),
    ("refunding", "held"),
    ("refunding", "refunded"),
    ("refunding", "released"),
)


def written(asset: Asset, amount: int) -> str:
    """Return an amount in words for a wallet's panel: `5,000.00 EUR`. `amount` in base units."""
    return f"{asset.whole(amount):,.{asset.display_decimals}f} {asset.code}"
