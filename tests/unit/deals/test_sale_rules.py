"""What a sale needs next follows from how it stands, in every combination."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from app.modules.deals import rules_sale
from app.modules.deals.rules_sale import Facts

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WAITING = Facts(
    wish="finalise",
    outcome="",
    asked="",
    paused=False,
    stopped=False,
    closed=True,
    undecided=0,
    released=250,
    soft_cap=250,
    hard_cap=500,
)


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, "finalise"),
        ({"closed": False}, ""),
        ({"closed": False, "released": 500}, "finalise"),
        ({"undecided": 1}, ""),
        ({"released": 249}, "miss"),
        ({"released": 249, "undecided": 1}, ""),
        ({"released": 249, "closed": False}, ""),
        ({"wish": "fail"}, "fail"),
        ({"wish": "fail", "undecided": 3, "closed": False}, "fail"),
        ({"wish": ""}, ""),
        ({"wish": "", "paused": True}, "pause"),
        ({"wish": "", "stopped": True}, "unpause"),
        ({"undecided": 1, "stopped": True}, "unpause"),
    ],
)
def test_a_step_is_due_exactly_when_the_contract_would_take_it(change: dict[str, object], due: str) -> None:
    assert rules_sale.due(replace(WAITING, **change)) == due  # type: ignore[arg-type]


def test_nothing_is_due_while_a_step_is_on_its_way_or_after_the_end() -> None:
    for wish, outcome, asked, paused in product(
        ("", "finalise", "fail"), ("", "finalised", "failed"), ("", "finalise", "fail", "pause"), (True, False)
    ):
        if outcome or asked:
            facts = replace(WAITING, wish=wish, outcome=outcome, asked=asked, paused=paused)
            assert rules_sale.due(facts) == ""


@pytest.mark.parametrize(
    ("tries", "seconds", "may"),
    [(1, 1, False), (1, 2, True), (5, 31, False), (5, 32, True), (40, 3599, False), (40, 3600, True)],
)
def test_what_was_refused_is_tried_again_after_a_pause_that_doubles(tries: int, seconds: int, may: bool) -> None:
    at = NOW - timedelta(seconds=seconds)
    assert rules_sale.may_try(problem="refused", tries=tries, updated_at=at, now=NOW) is may
    assert rules_sale.may_try(problem="", tries=tries, updated_at=NOW, now=NOW)
