"""What a unit of gas is offered: at least an eighth more each time, never more than the cap, and then nothing."""

from hypothesis import given
from hypothesis import strategies as st

from app.modules.chain.rules import (
    COIN,
    FEE_CAPS,
    GWEI,
    MOST_TIMES,
    Limits,
    Offer,
    capped,
    exceeded,
    fee_cap,
    raised,
)

FEES = st.integers(min_value=1, max_value=2000 * GWEI)


def test_decisions_about_money_may_cost_more_than_the_rest() -> None:
    assert fee_cap("escrow.release") == 1000 * GWEI > fee_cap("deal.token") == FEE_CAPS[""]


@given(FEES, FEES, FEES, FEES)
def test_each_offer_is_taken_as_a_replacement_and_stays_below_the_cap(
    fee: int, tip: int, now: int, tip_now: int
) -> None:
    first = capped(Offer(fee, min(tip, fee)), "deal.token")
    last, offers = first, 0
    while (following := raised(last, first=first, going=Offer(now, min(tip_now, now)), kind="deal.token")) is not None:
        assert following.max_fee * 8 >= last.max_fee * 9
        assert following.priority_fee <= following.max_fee
        assert following.max_fee <= min(fee_cap("deal.token"), first.max_fee * MOST_TIMES)
        last, offers = following, offers + 1
        assert offers < 40


def test_a_spike_is_followed_at_once_up_to_the_cap() -> None:
    first = Offer(10 * GWEI, GWEI)
    assert raised(first, first=first, going=Offer(60 * GWEI, 2 * GWEI), kind="") == Offer(60 * GWEI, 2 * GWEI)
    assert raised(first, first=first, going=Offer(600 * GWEI, GWEI), kind="") == Offer(80 * GWEI, GWEI * 9 // 8 + 1)


def test_limits_hold_each_by_itself() -> None:
    limits = Limits(COIN, 2 * COIN, 3 * COIN)
    assert exceeded(COIN, hour=0, day=0, limits=limits) == ""
    assert exceeded(COIN + 1, hour=0, day=0, limits=limits) == "each-one"
    assert exceeded(COIN, hour=COIN + 1, day=COIN + 1, limits=limits) == "an-hour"
    assert exceeded(COIN, hour=0, day=2 * COIN + 1, limits=limits) == "a-day"
