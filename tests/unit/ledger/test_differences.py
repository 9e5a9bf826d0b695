"""Every difference between books and contracts has its words, on pages in the reader's language."""

import re

import pytest

from app.modules.approvals import rules_facts
from app.modules.ledger.rules import DIFFERENCES, Difference


@pytest.mark.parametrize("code", DIFFERENCES)
def test_a_page_says_of_a_difference_what_the_command_says(code: str) -> None:
    names = re.findall(r"{(\w+)}", DIFFERENCES[code])
    values = {name: f"<{name}>" for name in names}
    found = Difference(code=code, values=values, booked=2**70, counted=-1)
    said = rules_facts.said(found.as_fact())
    assert all(value in said and value in found.what for value in values.values())
    assert "–" not in said
    if code != "state":
        assert rules_facts.figure(found.as_fact(), "booked") == 2**70
        assert rules_facts.figure(found.as_fact(), "counted") == -1


def test_states_of_contracts_are_words_and_facts_of_earlier_requests_stay_as_they_were() -> None:
    differs = Difference(code="state", values={"escrow": "x"}, booked=1, counted=3).as_fact()
    assert [rules_facts.figure(differs, side) for side in ("booked", "counted")] == ["held", "sent back"]
    assert rules_facts.said({"what": "100% of it", "booked": "1", "counted": "2"}) == "100% of it"
    assert rules_facts.said({"code": "held", "values": {}}) == "What is held in –"
    assert rules_facts.figure({}, "booked") == ""
