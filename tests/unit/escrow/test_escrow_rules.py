"""Which deposits are the expected ones, which state follows which, and amounts in words."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.money import Asset, parse
from app.modules.escrow import rules

DEAL = UUID("0197c0de-1111-7000-8000-00000000ef01")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    id: UUID = DEAL
    deal_id: UUID = DEAL
    user_id: UUID = DEAL
    payer: str = "0xPayer"
    asset_contract: str = "0xAsset"
    amount: int = 10**30
    status: str = "expected"


ANNOUNCED = {"dealId": "0x" + DEAL.hex + "0" * 32, "payer": "0xPayer", "asset": "0xAsset", "amount": str(10**30)}


def test_the_exact_deposit_is_the_expected_one() -> None:
    assert rules.mismatch(Expected(), ANNOUNCED) == ""


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"amount": str(10**30 - 1)}, "it is another amount"),
        ({"amount": str(10**30 + 1)}, "it is another amount"),
        ({"payer": "0xOther"}, "it came from another address"),
        ({"asset": "0x" + "0" * 40}, "it is in another asset"),
        ({"dealId": "0x" + "1" * 64}, "it is for another deal"),
    ],
)
def test_anything_else_is_not(changed: dict[str, str], why: str) -> None:
    assert rules.mismatch(Expected(), {**ANNOUNCED, **changed}) == why


def test_what_was_forgotten_is_no_longer_expected() -> None:
    assert rules.mismatch(replace(Expected(), status="forgotten"), ANNOUNCED) == "it was no longer expected"


@pytest.mark.parametrize(
    ("seconds", "due"),
    [(-1, ""), (0, "undecided"), (1, "undecided"), (16 * 86400 - 1, "undecided"), (16 * 86400, "expired")],
)
def test_clocks_run_out_to_the_second(seconds: int, due: str) -> None:
    decide_by = NOW + timedelta(days=14)
    instant = decide_by + timedelta(seconds=seconds)
    assert rules.due(decide_by=decide_by, expires_at=NOW + timedelta(days=30), instant=instant) == due


def test_the_database_knows_the_same_transitions() -> None:
    migration = Path(__file__).resolve().parents[3] / "migrations" / "versions" / "20261121_0023_sale_life.py"
    steps = migration.read_text().partition("ESCROW_STEPS = (")[2].partition("\n)\n")[0]
    assert sorted(re.findall(r'\("(\w+)", "(\w+)"\)', steps)) == sorted(rules.TRANSITIONS)


def test_the_end_is_the_end() -> None:
    assert not [pair for pair in rules.TRANSITIONS if pair[0] in ("returned", "refunded")]


@pytest.mark.parametrize(
    ("units", "decimals", "shown"),
    [
        (5_000_000_000, 6, "5,000.00 EUR"),
        (5_000_000_001, 6, "5,000.000001 EUR"),
        (0, 6, "0.00 EUR"),
        (7, 0, "7.00 EUR"),
        (10**40 + 1, 18, "10,000,000,000,000,000,000,000.000000000000000001 EUR"),
    ],
)
def test_amounts_are_written_out(units: int, decimals: int, shown: str) -> None:
    assert rules.written(Asset("EUR", decimals), units) == shown


@given(units=some.integers(0, 2**256 - 1), decimals=some.integers(0, 24))
def test_no_digit_of_an_amount_is_lost(units: int, decimals: int) -> None:
    asset = Asset("EUR", decimals)
    shown = rules.written(asset, units).removesuffix(" EUR").replace(",", "")
    whole, _, part = shown.partition(".")
    assert int(whole + part.ljust(max(decimals, 2), "0")) == units * 10 ** max(0, 2 - decimals)
    if decimals >= 2:
        assert parse(shown, asset) == units


ALL = (rules.OPENED, rules.RELEASED, rules.RETURNED)


@pytest.mark.parametrize(
    ("status", "left", "stands"),
    [
        ("expected", (), "expected"),
        ("arriving", (), "arriving"),
        ("held", (rules.OPENED,), "held"),
        ("held", (), "expected"),
        ("releasing", (rules.OPENED,), "releasing"),
        ("refunding", (), "expected"),
        ("released", ALL[:2], "released"),
        ("released", (rules.OPENED,), "held"),
        ("released", (), "expected"),
        ("refunded", (rules.OPENED, rules.REFUNDED), "refunded"),
        ("refunded", (rules.OPENED,), "held"),
        ("returning", ALL[:2], "returning"),
        ("returned", ALL, "returned"),
        ("returned", ALL[:2], "released"),
        ("returned", (rules.OPENED,), "held"),
        ("forgotten", (), "forgotten"),
    ],
)
def test_an_escrow_falls_back_to_what_the_chain_still_says(status: str, left: tuple[str, ...], stands: str) -> None:
    assert rules.fallen_back(status, left) == stands


def test_every_certain_status_has_its_ground() -> None:
    uncertain = {"expected", "arriving", "forgotten"}
    assert set(rules.GROUNDS) == {status for pair in rules.TRANSITIONS for status in pair} - uncertain
