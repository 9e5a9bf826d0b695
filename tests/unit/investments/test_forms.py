import pytest

from app.core.money import Asset
from app.modules.investments import forms

EUR = Asset("EUR", 6, 2)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("25000", "25000"),
        ("25,000", "25000"),
        ("1,250,000.50", "1250000.50"),
        ("25 000", "25000"),
        ("25\u202f000.5", "25000.5"),
        ("25'000", "25000"),
        ("٢٥٬٠٠٠٫٥", "25000.5"),
        ("25,00", "25,00"),
        ("2,5000", "2,5000"),
        ("1e9", "1e9"),
        ("-5", "-5"),
    ],
)
def test_amounts_are_read_as_people_write_them_and_nothing_is_guessed(typed: str, plain: str) -> None:
    assert forms.plain_amount(typed) == plain


@pytest.mark.parametrize(
    ("units", "text"), [(25_000_000_000, "25,000"), (1, "0.000001"), (0, "0"), (10**40, "1" + "0" * 34)]
)
def test_amounts_are_written_exactly(units: int, text: str) -> None:
    assert forms.written(units, EUR).replace(",", "") == text.replace(",", "")
