"""The life of a deal, and what fits into it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.modules.deals import rules
from app.modules.deals.errors import NoRoom, NotOpen, TicketOutOfRange, WrongStatus
from app.modules.deals.rules import Room, Status

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOM = Room(
    status="open",
    opens_at=NOW - timedelta(days=1),
    closes_at=NOW + timedelta(days=30),
    min_ticket=50,
    max_ticket=400,
    hard_cap=1000,
    raised=300,
    reserved=200,
)


def test_a_step_is_found_in_the_table() -> None:
    assert rules.step("draft", "submit") == (Status.SUBMITTED, "issuer")
    assert rules.step("open", "pause") == (Status.PAUSED, "reviewer")


@pytest.mark.parametrize(
    ("status", "verb"), [("draft", "approve"), ("open", "submit"), ("closed", "start"), ("x", "y")]
)
def test_a_step_that_is_not_in_the_table_is_refused(status: str, verb: str) -> None:
    with pytest.raises(WrongStatus):
        rules.step(status, verb)


def test_every_status_can_be_reached_and_only_two_are_final() -> None:
    reached = {after for _before, _verb, after, _who in rules.TRANSITIONS} | {Status.DRAFT}
    left = {before for before, *_rest in rules.TRANSITIONS}
    assert reached == set(Status)
    assert set(Status) - left == {Status.CLOSED, Status.CANCELLED}


def test_no_status_has_the_same_verb_twice() -> None:
    pairs = [(before, verb) for before, verb, *_rest in rules.TRANSITIONS]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("amount", [50, 51, 399, 400])
def test_an_amount_within_ticket_and_room_fits(amount: int) -> None:
    rules.must_fit(ROOM, amount, NOW)


@pytest.mark.parametrize("amount", [-1, 0, 49, 401, 10**30])
def test_an_amount_outside_of_the_ticket_is_refused(amount: int) -> None:
    with pytest.raises(TicketOutOfRange):
        rules.must_fit(ROOM, amount, NOW)


def test_more_than_is_left_is_refused_and_says_what_is_left() -> None:
    with pytest.raises(NoRoom) as refused:
        rules.must_fit(replace(ROOM, reserved=500), 201, NOW)
    assert refused.value.headroom == 200


def test_a_rest_below_the_smallest_ticket_counts_as_nothing() -> None:
    with pytest.raises(NoRoom) as refused:
        rules.must_fit(replace(ROOM, reserved=660), 50, NOW)
    assert refused.value.headroom == 0


@pytest.mark.parametrize(("seconds", "fits"), [(-1, False), (0, True), (1, True)])
def test_money_is_taken_from_the_second_of_opening(seconds: int, fits: bool) -> None:
    room = replace(ROOM, opens_at=NOW)
    assert rules.takes_money(room, NOW + timedelta(seconds=seconds)) is fits


@pytest.mark.parametrize(("seconds", "fits"), [(-1, True), (0, False), (1, False)])
def test_money_is_taken_until_the_second_before_closing(seconds: int, fits: bool) -> None:
    room = replace(ROOM, closes_at=NOW)
    assert rules.takes_money(room, NOW + timedelta(seconds=seconds)) is fits


@pytest.mark.parametrize("status", [status for status in Status if status != "open"])
def test_only_an_open_deal_takes_money(status: Status) -> None:
    with pytest.raises(NotOpen):
        rules.must_fit(replace(ROOM, status=status), 100, NOW)


@given(
    hard=st.integers(1, 10**30),
    raised=st.integers(0, 10**30),
    reserved=st.integers(0, 10**30),
    amount=st.integers(1, 10**30),
)
def test_what_fits_never_exceeds_the_hard_cap(hard: int, raised: int, reserved: int, amount: int) -> None:
    room = replace(ROOM, min_ticket=1, max_ticket=None, hard_cap=hard, raised=raised, reserved=reserved)
    try:
        rules.must_fit(room, amount, NOW)
    except NoRoom:
        assert raised + reserved + amount > hard
    else:
        assert raised + reserved + amount <= hard


@pytest.mark.parametrize(
    ("raised", "days", "shown"),
    [
        (0, 30, "open"),
        (0, 7, "closing_soon"),
        (900, 30, "closing_soon"),
        (899, 30, "open"),
        (960, 30, "full"),
        (1000, 1, "full"),
    ],
)
def test_a_card_says_what_matters_most(raised: int, days: int, shown: str) -> None:
    closes = NOW + timedelta(days=days)
    assert rules.pill("open", hard_cap=1000, min_ticket=50, raised=raised, closes_at=closes, now=NOW) == shown


def invitation(**changes: object) -> str:
    asked: dict[str, object] = {
        "opens_later": False, "full": False, "is_person": True, "is_issuer": False, "is_verified": True,
        "is_pending": False, "may_while_pending": True,
    }  # fmt: skip
    state = str(changes.pop("state", "open"))
    return rules.invitation(state, **{**asked, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "invest"),
        ({"state": "closing_soon"}, "invest"),
        ({"state": "draft"}, "preview"),
        ({"state": "scheduled"}, "upcoming"),
        ({"opens_later": True}, "upcoming"),
        ({"is_person": False, "is_verified": False}, "sign_in"),
        ({"is_issuer": True}, "own"),
        ({"is_verified": False}, "verify"),
        ({"is_verified": False, "is_pending": True}, "invest_pending"),
        ({"is_verified": False, "is_pending": True, "may_while_pending": False}, "wait"),
        ({"full": True}, "full"),
        ({"state": "paused"}, "paused"),
        ({"state": "funded"}, "over"),
        ({"state": "failed", "is_person": False}, "over"),
    ],
)
def test_the_invest_button_says_what_this_reader_can_do(changes: dict[str, object], expected: str) -> None:
    assert invitation(**changes) == expected


def test_a_country_must_be_eligible_and_not_blocked() -> None:
    assert rules.country_allowed("NL", eligible=[], blocked=[])
    assert rules.country_allowed("NL", eligible=["NL"], blocked=[])
    assert not rules.country_allowed("US", eligible=["NL"], blocked=[])
    assert not rules.country_allowed("US", eligible=[], blocked=["US"])
    assert not rules.country_allowed(None, eligible=[], blocked=["US"])
    assert rules.country_allowed(None, eligible=[], blocked=[])


def test_only_the_words_that_changed_are_cut_out() -> None:
    before, after = rules.pieces("Refinances the loan and the bridge.", "Refinances the loan and a reserve.")
    assert before == [("Refinances the loan and ", False), ("the", True), (" ", False), ("bridge.", True)]
    assert after == [("Refinances the loan and ", False), ("a", True), (" ", False), ("reserve.", True)]


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_put_together_are_the_texts(before: str, after: str) -> None:
    left, right = rules.pieces(before, after)
    assert "".join(text for text, _ in left) == before
    assert "".join(text for text, _ in right) == after


@pytest.mark.parametrize(
    ("left", "later", "same"),
    [
        (timedelta(days=40, hours=3), timedelta(days=40, hours=1), True),
        (timedelta(days=40), timedelta(days=40) - timedelta(seconds=1), False),
        (timedelta(days=7, seconds=1), timedelta(days=7), False),
        (timedelta(hours=50, minutes=40), timedelta(hours=50, minutes=20), True),
        (timedelta(hours=50), timedelta(hours=49, minutes=59), False),
        (timedelta(minutes=50), timedelta(minutes=49, seconds=59), False),
        (timedelta(0), timedelta(days=-3), True),
    ],
)
def test_a_kept_card_is_drawn_anew_when_its_clock_shows_something_else(
    left: timedelta, later: timedelta, same: bool
) -> None:
    assert (rules.clock(None, NOW + left, NOW) == rules.clock(None, NOW + later, NOW)) is same


def test_a_kept_card_is_drawn_anew_when_its_deal_opens() -> None:
    closes = NOW + timedelta(days=30)
    assert rules.clock(NOW, closes, NOW - timedelta(seconds=1)) != rules.clock(NOW, closes, NOW)
