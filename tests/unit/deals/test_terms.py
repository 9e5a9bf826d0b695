"""What is read from a draft: values where it is right, a problem for each field where it isn't."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Asset
from app.modules.deals import rules, rules_terms
from app.modules.deals.rules_terms import Ground, read
from tests.support.dealing import EUR, TERMS, TOKEN, filled

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GROUND = Ground((Asset("EUR", 6, 2, 31337, TOKEN), Asset("ETH", 18, 4, 31337)), "Europe/Amsterdam", NOW)
DATES = {"opens_at": "2026-12-01", "closes_at": "2027-01-14"}


def problems(kind: str = "debt", **changes: str) -> dict[str, str]:
    return read(kind, filled(kind, **DATES | changes), GROUND).problems


@pytest.mark.parametrize("kind", rules.KINDS)
def test_a_whole_draft_of_every_kind_has_no_problem(kind: str) -> None:
    assert problems(kind) == {}


def test_amounts_are_base_units_and_days_are_the_sites() -> None:
    said = read("debt", filled("debt", **DATES), GROUND)
    assert said.values["hard_cap"] == 500_000 * EUR
    assert said.values["opens_at"] == datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert said.values["closes_at"] == datetime(2027, 1, 14, 22, 59, 59, tzinfo=UTC)
    assert said.terms == {
        "ranking": "first_mortgage",
        "coupon": 940,
        "term_months": 30,
        "interest_paid": "quarterly",
        "ltv": 6100,
        "security": "First mortgage and a pledge of the shares",
    }


def test_amounts_of_terms_are_kept_as_text_since_json_numbers_lose_digits() -> None:
    assert read("equity", filled("equity", **DATES), GROUND).terms["pre_money"] == str(12_000_000 * EUR)


@pytest.mark.parametrize("kind", rules.KINDS)
def test_an_empty_draft_names_every_field_that_is_needed(kind: str) -> None:
    found = read(kind, {}, GROUND).problems
    required = {name for name, field in rules_terms.TERMS[kind].model_fields.items() if field.is_required()}
    assert required <= set(found)
    assert {found[name] for name in required} == {"needed"}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("hard_cap", "a lot", "amount"),
        ("hard_cap", "-5", "amount"),
        ("hard_cap", "1e9", "amount"),
        ("hard_cap", "NaN", "amount"),
        ("hard_cap", "Infinity", "amount"),
        ("hard_cap", "٥٠٠", "amount"),
        ("hard_cap", "5 000", "amount"),
        ("hard_cap", "5,00", "amount"),
        ("hard_cap", "0", "amount_zero"),
        ("hard_cap", "1.0000001", "amount"),
        ("hard_cap", "9" * 90, "amount"),
        ("soft_cap", "500,001", "above_hard_cap"),
        ("min_ticket", "600000", "above_hard_cap"),
        ("max_ticket", "600000", "above_hard_cap"),
        ("max_ticket", "4000", "below_min_ticket"),
        ("unit_price", "5001", "above_min_ticket"),
        ("unit_price", "0.000001", "too_many_tokens"),
        ("closes_at", "2026-11-20", "past"),
        ("closes_at", "2026-11-30", "before_opening"),
        ("closes_at", "14.1.2027", "date"),
        ("closes_at", "2027-02-30", "date"),
        ("closes_at", "9999-12-31", "date"),
        ("closes_at", "2027-01-14T10:00+05:00", "date"),
        ("coupon", "101", "percent"),
        ("coupon", "-1", "percent"),
        ("coupon", "9.401", "percent"),
        ("coupon", "nan", "percent"),
        ("term_months", "0", "months"),
        ("term_months", "601", "months"),
        ("term_months", "2.5", "months"),
        ("ranking", "third", "choice"),
        ("regime", "nothing", "choice"),
        ("asset", "GBP", "choice"),
        ("title", "t" * 81, "too_long"),
        ("title", "a\x07b", "characters"),
        ("summary", "s" * 161, "too_long"),
        ("token_symbol", "hqr", "symbol"),
        ("token_symbol", "1HQ", "symbol"),
        ("proceeds_address", "0x12", "address"),
        ("proceeds_address", "0x" + "0" * 40, "address"),
        ("eligible_countries", "Netherlands", "countries"),
        ("eligible_countries", "NL, QQ", "countries"),
        ("team", "Just a name", "people"),
        ("team", "A | B | C | D", "people"),
        ("highlights", "\n".join(["x"] * 13), "lines"),
        ("cover_kind", "../../x", "choice"),
    ],
)
def test_what_is_wrong_is_named(name: str, text: str, code: str) -> None:
    assert problems(**{name: text}).get(name) == code


@pytest.mark.parametrize(
    ("kind", "name", "text", "code"),
    [
        ("equity", "pre_money", "much", "amount"),
        ("equity", "instrument", "gold", "choice"),
        ("token", "unlock_months", "soon", "months"),
        ("fund", "carry", "120", "percent"),
        ("real_estate", "property_value", "0", "amount_zero"),
        ("revenue_share", "multiple", "2x", "multiple"),
    ],
)
def test_each_kinds_own_terms_are_checked(kind: str, name: str, text: str, code: str) -> None:
    assert problems(kind, **{name: text}).get(name) == code


def test_a_country_cant_be_in_both_lists() -> None:
    assert problems(eligible_countries="NL, DE", blocked_countries="de")["blocked_countries"] == "both_lists"


def test_what_is_right_is_read_even_if_something_else_is_wrong() -> None:
    said = read("debt", {"title": "Harbour", "hard_cap": "500000", "coupon": "?"}, GROUND)
    assert said.values["title"] == "Harbour"
    assert said.problems["asset"] == "choice"
    assert "coupon" not in said.terms


def test_fields_of_other_kinds_are_left_alone() -> None:
    said = read("debt", {**filled("debt", **DATES), **TERMS["fund"]}, GROUND)
    assert "carry" not in said.terms


@given(st.dictionaries(st.sampled_from(rules_terms.fields_of("debt")), st.text(max_size=40)))
def test_no_text_makes_reading_fail(form: dict[str, str]) -> None:
    assert read("debt", form, GROUND).problems
