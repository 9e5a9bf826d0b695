from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.web import dates
from tests.support.looks import ACME, NOOR, NOW


def test_a_day_is_the_day_of_the_site_and_not_of_the_server(on: Any) -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    with on(ACME):
        assert dates.date_text(late) == "22 Nov 2026"


def test_a_time_names_its_zone(on: Any) -> None:
    with on(ACME):
        assert dates.datetime_text(NOW) == "21 Nov 2026, 14:32 CET"
    with on(NOOR):
        assert "UTC+3" in dates.datetime_text(NOW)


def test_arabic_names_the_month(on: Any) -> None:
    with on(NOOR):
        assert dates.date_text(date(2026, 11, 12)) == "12 نوفمبر 2026"


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(days=54), "54 days left"),
        (timedelta(hours=52), "2 d 04 h"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=29, seconds=41), "29:41"),
        (timedelta(seconds=9), "0:09"),
        (timedelta(0), "over"),
    ],
)
def test_a_clock_runs_down(on: Any, ahead: timedelta, text: str) -> None:
    with on(ACME):
        assert f">{text}</time>" in dates.left(NOW + ahead, NOW)


def test_a_clock_carries_the_moment_itself(on: Any) -> None:
    with on(ACME):
        clock = dates.left(datetime(2027, 1, 14, 16, 0, tzinfo=UTC), NOW)
    assert 'datetime="2027-01-14T16:00:00Z"' in clock
    assert 'title="14 Jan 2027, 17:00 CET"' in clock


@pytest.mark.parametrize(
    ("behind", "text"),
    [(timedelta(seconds=5), "just now"), (timedelta(minutes=12), "12 minutes ago"), (timedelta(hours=1), "1 hour ago")],
)
def test_what_was_lately_is_said_in_words(on: Any, behind: timedelta, text: str) -> None:
    with on(ACME):
        assert text in dates.ago(NOW - behind, NOW)
