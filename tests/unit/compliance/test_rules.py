"""What each level needs, and how a case moves."""

from datetime import UTC, datetime, timedelta

import pytest

from app.modules.compliance import rules
from app.modules.compliance.rules import Level, Status, Step

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DECLARED = {
    "about": {"legal_name": "Alice", "born": "1987-05-23", "nationality": "SE"},
    "address": {"street": "Götgatan 44", "postcode": "118 26", "city": "Stockholm", "country": "SE"},
}


def test_levels_rise() -> None:
    assert [level for level in Level if level.at_least(Level.STANDARD)] == [
        Level.STANDARD,
        Level.ENHANCED,
        Level.ACCREDITED,
    ]
    assert rules.requestable(Level.STANDARD) == [Level.ENHANCED, Level.ACCREDITED]


def test_each_level_asks_for_all_of_the_one_below() -> None:
    steps = [set(rules.STEPS[level]) for level in (Level.STANDARD, Level.ENHANCED, Level.ACCREDITED)]
    assert steps[0] < steps[1] < steps[2] == set(Step)


@pytest.mark.parametrize(
    ("declared", "files", "reopened", "missing"),
    [
        ({}, {}, (), ["about", "identity", "address"]),
        (DECLARED, {"identity": 1, "address": 1}, (), []),
        (DECLARED, {"identity": 1}, (), ["address"]),
        ({**DECLARED, "about": {"legal_name": "Alice"}}, {"identity": 1, "address": 1}, (), ["about"]),
        ({**DECLARED, "address": {**DECLARED["address"], "city": ""}}, {"identity": 2, "address": 1}, (), ["address"]),
        (DECLARED, {"identity": 1, "address": 1}, ("about",), ["about"]),
    ],
)
def test_a_case_says_what_it_lacks(
    declared: dict[str, dict[str, str]], files: dict[str, int], reopened: tuple[str, ...], missing: list[str]
) -> None:
    assert rules.missing(Level.STANDARD, declared=declared, files=files, reopened=reopened) == missing


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (Status.COLLECTING, ["about", "identity", "address"]),
        (Status.NEEDS_MORE, ["address"]),
        (Status.SUBMITTED, []),
        (Status.APPROVED, []),
        (Status.REJECTED, []),
    ],
)
def test_only_open_steps_can_be_changed(status: Status, steps: list[str]) -> None:
    assert rules.editable_steps(status, Level.STANDARD, {"address": {}}) == steps


def test_an_approval_ends_to_the_instant() -> None:
    end = NOW + rules.VALID_FOR
    assert not rules.has_expired(end, end - timedelta(microseconds=1))
    assert rules.has_expired(end, end)
    assert not rules.has_expired(None, NOW)
    assert not rules.may_renew(end, end - rules.RENEW_BEFORE - timedelta(seconds=1))
    assert rules.may_renew(end, end - rules.RENEW_BEFORE)


@pytest.mark.parametrize(
    ("outcomes", "blocks"),
    [([], False), (["clear", "cleared"], False), (["clear", "open"], True), (["confirmed"], True)],
)
def test_open_and_confirmed_hits_block_approval(outcomes: list[str], blocks: bool) -> None:
    assert rules.blocks_approval(outcomes) is blocks
