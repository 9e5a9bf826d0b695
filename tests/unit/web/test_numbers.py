from decimal import Decimal
from typing import Any

import pytest

from app.core.money import Asset
from app.web import numbers
from tests.support.looks import ACME, NOOR

ETHER = Asset(code="ETH", decimals=18, display_decimals=4)
MILLION = 1_000_000_000_000


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (5_000_000_000, "5,000"),
        (12_210_000_000_000, "12,210,000"),
        (1_250_400_000, "1,250"),
        (5_500_000, "5.50"),
        (0, "0"),
        (-310_000_000, "−310"),
    ],
)
def test_overviews_leave_decimals_out_unless_the_amount_is_small(on: Any, eur: Asset, units: int, text: str) -> None:
    with on(ACME):
        assert f'<span class="cur">EUR</span> {text}</data>' in numbers.money(units, eur)


def test_payments_show_all_decimals(on: Any, eur: Asset) -> None:
    with on(ACME):
        assert "25,125.00</data>" in numbers.money_exact(25_125_000_000, eur)


def test_the_exact_amount_stands_in_the_value_whatever_is_shown(on: Any, eur: Asset) -> None:
    with on(ACME):
        assert 'value="1250.400001"' in numbers.money(1_250_400_001, eur)


def test_small_amounts_of_a_fine_coin_keep_their_decimals(on: Any) -> None:
    with on(ACME):
        assert "0.0213</data>" in numbers.money(21_300_000_000_000_000, ETHER)


def test_the_largest_amount_there_is_keeps_every_digit(on: Any) -> None:
    with on(ACME):
        shown = numbers.money_exact(2**256 - 1, ETHER)
    assert 'value="115792089237316195423570985008687907853269984665640564039457.584007913129639935"' in shown
    assert "457.5840</data>" in shown


def test_no_amount_is_a_dash_and_not_a_nought(on: Any, eur: Asset) -> None:
    with on(ACME):
        assert "–" in numbers.money(None, eur)
        assert numbers.number(None) == "–"


def test_the_code_of_an_asset_is_escaped(on: Any) -> None:
    with on(ACME):
        assert "<b>" not in numbers.money(1, Asset(code="<b>", decimals=0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18_500_000, "18.5\u00a0m"),
        (500_000, "500\u00a0k"),
        (-400_000, "−400\u00a0k"),
        (0, "0"),
        (42, "42"),
        (2e9, "2\u00a0bn"),
    ],
)
def test_charts_shorten_numbers(on: Any, value: float, text: str) -> None:
    with on(ACME):
        assert numbers.compact(value) == text


def test_arabic_pages_keep_one_kind_of_digits(on: Any, eur: Asset) -> None:
    with on(NOOR):
        assert "31,200,000</data>" in numbers.money(31_200_000_000_000, eur)
        assert numbers.compact(31_200_000) == "31.2\u00a0م"
        assert '>43.6\u00a0مليون <span class="cur">EUR</span></data>' in numbers.money_compact(43_600_000_000_000, eur)


@pytest.mark.parametrize(("value", "text"), [(9.4, "9.4%"), (Decimal("0.50"), "0.5%"), (61, "61%"), (9.375, "9.38%")])
def test_per_cents_show_the_decimals_they_have(on: Any, value: Any, text: str) -> None:
    with on(ACME):
        assert numbers.percent(value) == text


def test_basis_points_become_per_cents(on: Any) -> None:
    with on(ACME):
        assert numbers.basis_points(940) == "9.4%"


@pytest.mark.parametrize(
    ("size", "text"),
    [(310_000, "310\u00a0kB"), (4_100_000, "4.1\u00a0MB"), (12_000_000, "12\u00a0MB"), (87, "87\u00a0B")],
)
def test_file_sizes_are_said_as_people_say_them(on: Any, size: int, text: str) -> None:
    with on(ACME):
        assert numbers.file_size(size) == text
