"""Amounts are exact or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import MAX_UNITS, Asset, parse, split

EUR = Asset("EUR", 6)
WEI = Asset("ETH", 18, 6)

REFUSED = [
    "NaN", "nan", "Infinity", "-Infinity", "inf", "1e400", "1E5", "-0", "-1", "+1", "", " ", " 1", "1 ", "1_000",
    "1,000", "１０", "٣", "0x10", "1.", ".5", "1.5.5", "1e-7", "0.0000001", "true", "None", "5000\n", "5000\x00", "½",
    "1" * 101, str(2**256),
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_isnt_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text, EUR)


@pytest.mark.parametrize(
    ("text", "units"),
    [("0", 0), ("5000", 5_000_000_000), ("5000.50", 5_000_500_000), ("0.000001", 1), ("007", 7_000_000)],
)
def test_a_plain_amount_is_kept_exactly(text: str, units: int) -> None:
    assert parse(text, EUR) == units


def test_the_largest_amount_is_256_bits() -> None:
    unit = Asset("U", 0)
    assert parse(str(MAX_UNITS), unit) == MAX_UNITS
    with pytest.raises(Invalid, match="too large"):
        parse(str(MAX_UNITS + 1), unit)


@given(st.integers(min_value=0, max_value=10**30))
def test_units_and_whole_are_inverse(units: int) -> None:
    assert WEI.units(WEI.whole(units)) == units


@given(st.integers(min_value=0, max_value=10**24), st.lists(st.integers(min_value=0, max_value=10**12), min_size=1))
def test_parts_add_up_and_are_off_by_less_than_a_unit(total: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        with pytest.raises(ValueError, match="positive sum"):
            split(total, weights)
        return
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Decimal(part) - Decimal(total) * weight / sum(weights)) < 1


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert split(5, [1, 1, 1]) == [2, 2, 1]


def test_the_key_of_an_asset_names_its_chain() -> None:
    assert EUR.key == "EUR"
    assert Asset("EUR", 6, 2, 31337, "0xabc").key == "EUR@31337:0xabc"
