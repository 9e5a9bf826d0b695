"""Alarms in words, and when they are worth a mail."""

from datetime import UTC, datetime, timedelta

import pytest

from app.modules.chain import forms_words_following as words
from app.modules.chain import rules_alarms
from app.modules.notifications import rules as notices

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_every_alarm_has_words_on_the_page_and_in_two_mails() -> None:
    mailed = {name.removeprefix("alarm-") for name in notices.KINDS if name.startswith("alarm-")}
    assert mailed == {*words.ALARMS, *(f"{kind}-over" for kind in words.ALARMS)}
    assert set(words.DETAILS) <= set(words.ALARMS)
    assert set(rules_alarms.FREEZING) <= set(words.ALARMS)


@pytest.mark.parametrize(
    ("kind", "since", "last", "due"),
    [
        ("deep-reorg", 0, 1, True),
        ("contradiction", 0, None, True),
        ("node-out", 59, None, False),
        ("node-out", 60, None, True),
        ("node-out", 600, 29 * 60, False),
        ("node-out", 600, 30 * 60, True),
    ],
)
def test_what_freezes_is_told_at_once_and_the_rest_once_it_lasts(
    kind: str, since: int, last: int | None, due: bool
) -> None:
    told_last = None if last is None else NOW - timedelta(seconds=last)
    raised_at = NOW - timedelta(seconds=since)
    assert rules_alarms.is_due(kind, raised_at=raised_at, told_last=told_last, now=NOW) is due


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("", ""),
        ("answers too slowly", "It answers too slowly."),
        ("The node gave no usable answer (ReadTimeout).", "It answers too slowly."),
        ("said otherwise than the others about logs", "It said otherwise than the others."),
        ("The node is on chain 5, not on 1.", "It is on chain 5, not on 1."),
        ("The node gave no usable answer (ConnectionError).", "It can’t be reached."),
        (
            "The node can't answer now: {'code': -32000, 'message': 'header not found'}",
            "It can’t answer now. It says: header not found",
        ),
        ('{"code": -1, "message": "100% odd %(x)s"}', "It failed, and said: 100% odd %(x)s"),
        ("the node lost blocks that were final", "The node lost blocks that were final."),
        ("The node named a log twice.", "Its answers can’t be used."),
    ],
)
def test_a_nodes_trouble_is_a_plain_sentence(error: str, said: str) -> None:
    assert words.trouble(error) == said


def test_details_fill_a_sentence_and_what_is_missing_is_a_dash() -> None:
    assert words.detail("too-few-nodes", {"answer": 1, "needed": 2}) == "1 answer; 2 have to agree."
    assert words.detail("contradiction", {"why": "kept by an earlier release"}) == "Transaction –"
    assert words.detail("halted", {}) == words.detail("unknown", {"a": 1}) == ""
