"""What may be said of people, companies and trusts."""

from datetime import date
from typing import Any

import pytest

from app.modules.profiles import rules

TODAY = date(2026, 11, 21)
COUNTRIES = {"NL", "DE", "US"}
COMPANY: dict[str, Any] = {
    "name": "Vermeer Holding B.V.",
    "number": "72349801",
    "country": "NL",
    "address": "Keizersgracht 100, Amsterdam",
    "owners": [{"name": "Alice Vermeer", "share": "60"}, {"name": "Ben Vermeer", "share": "40"}],
}


def refused(kind: str, **changed: Any) -> dict[str, str]:
    base = {"company": COMPANY, "joint": {"name": "Ben", "born": "1990-02-01", "email": "ben@example.org"}}
    return rules.problems(kind, rules.clean(kind, {**base[kind], **changed}), countries=COUNTRIES, today=TODAY)


def personal(**said: Any) -> dict[str, str]:
    return rules.personal_problems(rules.clean_personal(said), countries=COUNTRIES, today=TODAY)


# Identifiers of the ISO 17442 register: Bloomberg Finance L.P., and the Global LEI Foundation itself.
@pytest.mark.parametrize("lei", ["5493001KJTIIGC8Y1R12", "506700GE1G29325QX363"])
def test_a_registered_lei_has_the_right_check_digits(lei: str) -> None:
    assert rules.is_lei(lei)
    for place in range(20):
        other = "0" if lei[place] != "0" else "1"
        assert not rules.is_lei(lei[:place] + other + lei[place + 1 :]), place


@pytest.mark.parametrize("lei", ["", "5493001KJTIIGC8Y1R1", "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R122", "٥" * 20])
def test_what_is_not_formed_like_an_lei_is_none(lei: str) -> None:
    assert not rules.is_lei(lei)


def test_an_lei_may_be_typed_in_groups_and_small_letters() -> None:
    assert refused("company", lei="5493 001k jtii gc8y 1r12") == {}
    assert refused("company", lei="5493001KJTIIGC8Y1R13") == {"lei": "lei"}


@pytest.mark.parametrize(
    ("owners", "none", "problems"),
    [
        ([{"name": "Alice", "share": "100"}], False, {}),
        ([{"name": "Alice", "share": "25"}, {"name": "", "share": ""}], False, {}),
        ([{"name": "Alice", "share": "33,3 %"}], False, {}),
        ([], True, {}),
        ([], False, {"owner_1_name": "owners"}),
        ([{"name": "Alice", "share": "50"}], True, {"no_owner": "owners-and-none"}),
        ([{"name": "Alice", "share": "24.99"}], False, {"owner_1_share": "share"}),
        ([{"name": "Alice", "share": "100.01"}], False, {"owner_1_share": "share"}),
        ([{"name": "Alice", "share": "NaN"}], False, {"owner_1_share": "share"}),
        ([{"name": "Alice", "share": "1e2"}], False, {"owner_1_share": "share"}),
        ([{"name": "Alice", "share": "-30"}], False, {"owner_1_share": "share"}),
        ([{"name": "", "share": "30"}], False, {"owner_1_name": "missing"}),
        ([{"name": "A", "share": "60"}, {"name": "B", "share": "41"}], False, {"owner_2_share": "shares"}),
        ([{"name": "A", "share": "25"}] * 5, False, {"owners": "many", "owner_5_share": "shares"}),
    ],
)
def test_who_owns_a_quarter_or_more_is_named(
    owners: list[dict[str, str]], none: bool, problems: dict[str, str]
) -> None:
    assert refused("company", owners=owners, no_owner=none) == problems


def test_a_company_without_its_particulars_is_refused_at_each() -> None:
    assert refused("company", name=" ", number="", country="XX", address="x" * 401) == {
        "name": "missing",
        "number": "missing",
        "country": "country",
        "address": "long",
    }


def test_the_other_holder_is_a_grown_up_who_can_be_reached() -> None:
    assert refused("joint") == {}
    assert refused("joint", born="2008-11-21") == {}
    assert refused("joint", born="2008-11-22") == {"born": "young"}
    assert refused("joint", born="1900-01-01") == {"born": "old"}
    assert refused("joint", born="01/02/1990", email="ben") == {"born": "date", "email": "email"}


def test_joint_holders_are_both_named() -> None:
    assert rules.named("joint", "Ben", "Alice") == "Alice & Ben"
    assert rules.named("company", "Vermeer Holding B.V.", "Alice") == "Vermeer Holding B.V."


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ([{"country": "NL", "tin": "123456782"}, {"country": "US", "reason": "not-asked"}], {}),
        ([{"country": "NL"}], {"tax_1_tin": "tin-or-reason"}),
        ([{"country": "NL", "reason": "because"}], {"tax_1_tin": "tin-or-reason"}),
        ([{"tin": "123456782"}], {"tax_1_country": "country"}),
        ([{"country": "NL", "tin": "no number"}], {"tax_1_tin": "tin"}),
        ([{"country": "NL", "tin": "1234", "reason": "not-asked"}], {"tax_1_reason": "one-of-both"}),
        ([{"country": "NL", "tin": "1234"}, {"country": "NL", "tin": "12345"}], {"tax_2_country": "twice"}),
    ],
)
def test_each_tax_residence_has_a_number_or_a_reason(rows: list[dict[str, str]], problems: dict[str, str]) -> None:
    assert personal(residences=rows) == problems


def test_personal_data_may_be_left_out_and_is_checked_where_given() -> None:
    assert personal() == {}
    assert personal(phone="+31 (20) 123-4567", born="1987-05-23", country="NL", nationality="DE") == {}
    assert personal(phone="020 1234567", born="yesterday", country="Nederland", legal_name="x" * 121) == {
        "phone": "phone",
        "born": "date",
        "country": "country",
        "legal_name": "long",
    }
