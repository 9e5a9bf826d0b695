"""The page about OWASP ASVS is complete, current, and names tests that are there (battery B59)."""

from tests.support import asvs, tally


def test_every_requirement_has_a_test_or_a_reason() -> None:
    listed = asvs.requirements()
    assert len({one.number for one in listed}) == len(listed) == asvs.REQUIREMENTS
    unexplained = [one.number for one in listed if one.kind not in ("tested", "not ours") and not one.reason]
    assert unexplained == []
    for one in listed:
        tally.count(f"B59 ASVS 5.0, levels 1 and 2: {one.kind}")


def test_every_test_that_is_named_is_there_once() -> None:
    where = asvs.places()
    named = {test for one in asvs.requirements() for test in one.tests}
    assert {test: where.get(test, []) for test in named if len(where.get(test, [])) != 1} == {}


def test_the_page_is_current() -> None:
    assert asvs.PAGE.read_text("utf-8") == asvs.drawn(), "draw it anew: python -m tests.support.asvs"
