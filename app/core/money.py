"""Assets and exact amounts. Amounts are whole base units (`int`); floats never appear."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.errors import Invalid

MAX_UNITS = 2**256 - 1
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True)
class Asset:
    """A currency or token. `decimals` are the base unit's, `display_decimals` those a person writes and reads."""

    code: str
    decimals: int
    display_decimals: int = 2
    chain_id: int | None = None
    contract: str | None = None

    @property
    def key(self) -> str:
        """A stable name of the asset within a tenant: `EUR` or `EUR@31337:0xabc…`."""
        return f"{self.code}@{self.chain_id}:{self.contract}" if self.chain_id else self.code

    def whole(self, units: int) -> Decimal:
        """Return base units as a decimal number of whole units, exactly."""
        return _shifted(Decimal(units), -self.decimals)

    def plain(self, units: int) -> str:
        """Return base units as whole units in plain form, exactly and without zeros at the end: `5000`, `2.5`."""
        text = f"{self.whole(units):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def units(self, whole: Decimal | int | str) -> int:
        """Return whole units as base units. Raises Invalid unless exact, finite, non-negative and within 256 bits."""
        try:
            number = Decimal(whole)
        except ArithmeticError:
            raise Invalid("Enter an amount, for example 5000 or 5000.50.") from None
        if not number.is_finite() or number < 0:
            raise Invalid("Enter an amount of zero or more.")
        if number.adjusted() > 90:
            raise Invalid("This amount is too large. Enter a smaller one.")
        scaled = _shifted(number, self.decimals)
        units = int(scaled)
        if units != scaled:
            raise Invalid(
                "%(asset)s has at most %(decimals)s decimals.", words={"asset": self.code, "decimals": self.decimals}
            )
        if units > MAX_UNITS:
            raise Invalid("This amount is too large. Enter a smaller one.")
        return units


def _shifted(number: Decimal, places: int) -> Decimal:
    """Return `number` × 10**places exactly; `scaleb` would round to the context's 28 digits."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return Decimal((sign, digits, exponent + places))


def parse(text: str, asset: Asset) -> int:
    """Return the base units of an amount in plain form (`5000`, `5000.5`): ASCII digits, at most one point.

    Raises Invalid for anything else: signs, exponents, spaces, underscores, other digits, too many decimals.
    """
    if not _PLAIN.fullmatch(text) or len(text) > 100:
        raise Invalid("Enter an amount in digits, for example 5000 or 5000.50.")
    return asset.units(Decimal(text))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` base units in proportion to `weights`, exactly: the parts add up to `total`.

    Largest remainder (Hamilton); equal remainders go to the earlier part. Raises ValueError without a positive weight.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative with a positive sum")
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in remainders[: total - sum(parts)]:
        parts[i] += 1
    return parts
