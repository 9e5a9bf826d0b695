from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.modules.investments import rules
from app.modules.investments.errors import NotPossibleNow
from app.modules.investments.rules import Facts, Offer, Outcome, Status, Step, Verb

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EUR = 10**6
GOOD = Facts(
    email_verified=True,
    country="NL",
    is_issuer=False,
    deal_status="open",
    opens_at=NOW - timedelta(days=1),
    closes_at=NOW + timedelta(days=1),
    headroom=50_000 * EUR,
    min_ticket=5_000 * EUR,
    level_reached=True,
    verification="approved",
    invest_while_pending=True,
)


def outcome(name: str, **changes: object) -> tuple[Outcome, str]:
    facts = Facts(**{**GOOD.__dict__, **changes})  # type: ignore[arg-type]
    found = next(rule for rule in rules.eligibility(facts, now=NOW) if rule.name == name)
    return found.outcome, found.reason


def test_somebody_who_meets_every_condition_may_invest() -> None:
    asked = rules.eligibility(GOOD, now=NOW)
    assert {rule.outcome for rule in asked} == {Outcome.PASSED}
    assert rules.is_eligible(asked)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("email", {"email_verified": False}, "unverified"),
        ("country", {"country": "", "blocked_countries": {"US"}}, "unknown"),
        ("country", {"blocked_countries": {"NL"}}, "blocked"),
        ("country", {"eligible_countries": {"DE"}}, "not-eligible"),
        ("independence", {"is_issuer": True}, "issuer"),
        ("open", {"opens_at": NOW + timedelta(seconds=1)}, "early"),
        ("open", {"closes_at": NOW}, "over"),
        ("open", {"deal_status": "paused"}, "paused"),
        ("open", {"deal_status": "funded"}, "closed"),
        ("room", {"headroom": 5_000 * EUR - 1}, "full"),
        ("verification", {"level_reached": False, "verification": "not_started"}, "not_started"),
        ("verification", {"level_reached": False, "verification": "rejected"}, "rejected"),
        (
            "verification",
            {"level_reached": False, "verification": "submitted", "invest_while_pending": False},
            "wait",
        ),
    ],
)
def test_each_condition_that_fails_says_why_and_stands_in_the_way(
    name: str, changes: dict[str, object], reason: str
) -> None:
    assert outcome(name, **changes) == (Outcome.FAILED, reason)
    assert not rules.is_eligible(rules.eligibility(Facts(**{**GOOD.__dict__, **changes}), now=NOW))  # type: ignore[arg-type]


def test_documents_under_review_are_no_obstacle_where_the_site_takes_money_before_the_decision() -> None:
    pending = {"level_reached": False, "verification": "submitted", "invest_while_pending": True}
    assert outcome("verification", **pending) == (Outcome.PENDING, "submitted")
    assert rules.is_eligible(rules.eligibility(Facts(**{**GOOD.__dict__, **pending}), now=NOW))  # type: ignore[arg-type]


def test_the_second_of_opening_counts_and_the_second_of_closing_does_not() -> None:
    assert outcome("open", opens_at=NOW) == (Outcome.PASSED, "")
    assert outcome("open", closes_at=NOW + timedelta(seconds=1)) == (Outcome.PASSED, "")


def test_states_lead_only_where_the_table_says() -> None:
    for status, verb in product(Status, Verb):
        if (status, verb) in rules.TRANSITIONS:
            assert rules.after(status, verb) is rules.TRANSITIONS[status, verb]
        else:
            with pytest.raises(NotPossibleNow):
                rules.after(status, verb)


@pytest.mark.parametrize("status", ["refunded", "cancelled", "expired"])
def test_an_end_is_an_end(status: str) -> None:
    assert not [pair for pair in rules.TRANSITIONS if pair[0] == status]


def test_what_was_released_comes_back_only_whole() -> None:
    assert [after for (before, _), after in rules.TRANSITIONS.items() if before is Status.COMPLETED] == [
        Status.REFUNDED
    ]


def test_paid_money_leaves_only_to_the_deal_or_back() -> None:
    assert {after for (before, _), after in rules.TRANSITIONS.items() if before is Status.HELD} == {
        Status.COMPLETED,
        Status.REFUNDED,
    }


OFFER = Offer(min_ticket=5_000 * EUR, max_ticket=60_000 * EUR, headroom=40_000 * EUR, grain=10**4)


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        (5_000 * EUR, ""),
        (5_000 * EUR - 10**4, "low"),
        (40_000 * EUR, ""),
        (40_000 * EUR + 10**4, "room"),
        (60_000 * EUR + 10**4, "ticket"),
        (5_000 * EUR + 1, "grain"),
        (0, "low"),
    ],
)
def test_an_amount_is_refused_for_the_reason_that_helps_most(amount: int, problem: str) -> None:
    assert rules.amount_problem(amount, OFFER) == problem


@given(
    least=st.integers(1, 10**12),
    most=st.none() | st.integers(1, 10**13),
    headroom=st.integers(0, 10**13),
    amount=st.integers(0, 10**13),
)
def test_what_is_accepted_lies_within_every_limit(least: int, most: int | None, headroom: int, amount: int) -> None:
    offer = Offer(min_ticket=least, max_ticket=most, headroom=headroom)
    if not rules.amount_problem(amount, offer):
        assert least <= amount <= min(headroom, offer.most)
    assert all(not rules.amount_problem(chip, offer) for chip in rules.chips(offer))


def test_chips_are_multiples_of_the_smallest_ticket_that_fit() -> None:
    assert rules.chips(OFFER) == [5_000 * EUR, 10_000 * EUR, 25_000 * EUR]


def test_going_back_loses_nothing_that_was_reached() -> None:
    assert rules.farther("review", Step.AMOUNT) is Step.REVIEW
    assert rules.farther("amount", Step.AMOUNT) is Step.INVESTOR
    assert Step.PAYMENT.next is Step.PAYMENT


def test_a_reservation_is_renewed_for_half_an_hour_and_for_a_day_at_most() -> None:
    assert rules.renewed(NOW, NOW + timedelta(hours=1)) == NOW + timedelta(hours=1, minutes=30)
    assert rules.renewed(NOW, NOW + timedelta(hours=23, minutes=50)) == NOW + timedelta(hours=24)
    with pytest.raises(NotPossibleNow):
        rules.renewed(NOW, NOW + timedelta(hours=24))


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(1, 10**30)), min_size=1, max_size=20))
def test_shares_add_up_to_a_hundred_however_they_fall(parts: list[tuple[str, int]]) -> None:
    shares = rules.allocation(parts)
    assert sum(round(share.percent * 10) for share in shares) == 1000
    assert sum(share.amount for share in shares) == sum(amount for _, amount in parts)
    assert [share.amount for share in shares] == sorted((share.amount for share in shares), reverse=True)


def test_nothing_invested_has_no_shares() -> None:
    assert rules.allocation([]) == []


def test_each_month_shows_what_was_in_by_its_end() -> None:
    paid = [(datetime(2026, 9, 30, 23, tzinfo=UTC), 5), (datetime(2026, 11, 1, tzinfo=UTC), 7)]
    assert [(month.month, amount) for month, amount in rules.by_month(paid, NOW)] == [(9, 5), (10, 5), (11, 12)]
    assert rules.by_month([], NOW) == []
    assert len(rules.by_month([(NOW - timedelta(days=900), 1)], NOW)) == rules.MONTHS_SHOWN


def test_every_kind_of_deal_asks_for_its_own_risk_too() -> None:
    for kind, own in rules.KIND_RISKS.items():
        assert rules.risks_of(kind) == (*rules.RISKS, own)
    assert rules.risks_of("something new") == rules.RISKS


def test_an_investment_stands_where_its_escrow_stands_and_only_certain_stages_are_taken_back() -> None:
    assert rules.where_escrow_is("forgotten") is None
    assert {rules.where_escrow_is(status) for status in rules.WHERE} == set(rules.COURSE)
    goes_back = {(now, then) for then in Status for now in rules.COURSE if rules.is_before(now, then)}
    assert goes_back == {
        (now, then) for index, then in enumerate(rules.COURSE) if index > 1 for now in rules.COURSE[:index]
    }
