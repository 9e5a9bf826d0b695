"""What an entry may hold, and how entries are chained."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.core.permissions import Role
from app.modules.audit import rules


def test_whatever_is_named_like_a_secret_is_hidden_at_any_depth() -> None:
    values = {"new_password": "p", "a": {"API_KEY": "k", "b": [{"totp_seed": 1}]}, "private_key": "x"}
    assert rules.masked(values) == {
        "new_password": rules.MASK,
        "a": {"API_KEY": rules.MASK, "b": [{"totp_seed": rules.MASK}]},
        "private_key": rules.MASK,
    }


def test_values_are_kept_exactly() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    thing = UUID(int=7)
    values = {"n": 10**40, "d": Decimal("0.10"), "at": at, "id": thing, "role": Role.ISSUER, "none": None, "yes": True}
    assert rules.masked(values) == {
        "n": "1" + "0" * 40,
        "d": "0.10",
        "at": "2026-01-02T00:00:00+00:00",
        "id": str(thing),
        "role": "issuer",
        "none": None,
        "yes": True,
    }


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_a_link_depends_on_every_value_and_on_the_link_before(one: dict[str, str], other: dict[str, str]) -> None:
    first = rules.link(rules.GENESIS, one)
    assert (first == rules.link(rules.GENESIS, other)) == (one == other)
    assert rules.link(first, one) != first


def test_the_lowest_id_of_an_instant_is_below_every_later_one() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    assert rules.lowest_id(at) < UUID(int=(int(at.timestamp() * 1000) << 80) | uuid4().int >> 48)
