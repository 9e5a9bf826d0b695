"""What balances and what doesn't, and what a seal depends on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.modules.ledger import rules
from app.modules.ledger.errors import Unbalanced, UnknownAccountKind
from app.modules.ledger.rules import Line
from tenants import ids

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PAIR = [Line(account="chain_custody", asset="EUR", amount=5), Line(account="escrow_held", asset="EUR", amount=-5)]


def seal(**changes: object) -> str:
    values: dict[str, object] = {"key": "k", "kind": "t", "cause": "c", "posted_at": NOW, "lines": PAIR, **changes}
    return rules.seal(str(values.pop("previous", "0")), **values)  # type: ignore[arg-type]


def test_a_pair_balances() -> None:
    rules.assert_balanced(PAIR)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        PAIR[:1],
        [PAIR[0], replace(PAIR[1], amount=-4)],
        [PAIR[0], replace(PAIR[1], asset="USD")],
        [*PAIR, replace(PAIR[0], amount=0)],
        [*PAIR, replace(PAIR[0], asset="USD", amount=1)],
    ],
)
def test_what_does_not_balance_is_refused(lines: list[Line]) -> None:
    with pytest.raises(Unbalanced):
        rules.assert_balanced(lines)


def test_an_account_outside_of_the_chart_is_refused() -> None:
    with pytest.raises(UnknownAccountKind):
        rules.assert_balanced([replace(PAIR[0], account="petty_cash"), PAIR[1]])


@given(amounts=some.lists(some.integers(1, 2**256 - 1), min_size=1, max_size=8))
def test_any_amounts_balance_against_their_sum(amounts: list[int]) -> None:
    lines = [replace(PAIR[0], amount=amount) for amount in amounts]
    rules.assert_balanced([*lines, replace(PAIR[1], amount=-sum(amounts))])
    with pytest.raises(Unbalanced):
        rules.assert_balanced([*lines, replace(PAIR[1], amount=-sum(amounts) - 1)])


@pytest.mark.parametrize(
    "change",
    [
        {"previous": "1"},
        {"key": "l"},
        {"kind": "u"},
        {"cause": "d"},
        {"posted_at": NOW + timedelta(microseconds=1)},
        {"lines": [replace(PAIR[0], amount=6), replace(PAIR[1], amount=-6)]},
        {"lines": [replace(PAIR[0], owner_id=ids.new()), PAIR[1]]},
        {"lines": PAIR[::-1]},
    ],
)
def test_the_seal_depends_on_everything(change: dict[str, object]) -> None:
    assert seal(**change) != seal()


def test_the_seal_does_not_depend_on_the_readers_time_zone() -> None:
    assert seal(posted_at=NOW.astimezone(timezone(timedelta(hours=5)))) == seal()
