"""Nothing that one tenant wrote is told to anybody of another: every text of zeta carries a canary, and acme is asked.

Pages, files, feeds, answers of the API, errors and headers are looked at; as everybody, with acme's things and with
zeta's ids. The same crawl of zeta's own site finds canaries, so the marks are where pages take their words from.
"""

import pytest
from werkzeug.test import TestResponse

from app.lifecycle import Platform
from tests.support import doors, tally
from tests.support.doors import Caller
from tests.support.sample import Sample

Marked = tuple[Sample, str, int]


def callers_of(app: Platform, sample: Sample) -> dict[str, Caller]:
    return {who: Caller(app, sample.host(who), sample.token(who) if who else "") for who in ("", *sample.people)}


@pytest.fixture(scope="module")
def callers(app: Platform, sample: Sample) -> dict[str, Caller]:
    return callers_of(app, sample)


def whole(answer: TestResponse) -> str:
    """Return everything that was sent, headers and all."""
    return f"{answer.status}\n{answer.headers}\n{answer.get_data().decode('utf-8', 'replace')}"


def test_the_canary_sings_at_home(app: Platform, marked: Marked) -> None:
    other, canary, columns = marked
    callers = callers_of(app, other)
    singing = [one for one in other.addresses if canary in whole(callers[one.who].knock(one.path, "GET"))]
    assert (columns > 30, len(singing) > 60) == (True, True), (columns, len(singing))
    tally.count("B04 columns that carry a canary", columns)
    tally.count("B04 pages of its own tenant that show it", len(singing))


def test_no_page_of_another_tenant_tells_it(callers: dict[str, Caller], sample: Sample, marked: Marked) -> None:
    canary = marked[1]
    for address in sample.addresses:
        assert canary not in whole(callers[address.who].knock(address.path, "GET")), address.path
    tally.count("B04 pages of the other tenant that don't", len(sample.addresses))


def test_no_door_of_another_tenant_tells_it(
    app: Platform, callers: dict[str, Caller], sample: Sample, marked: Marked
) -> None:
    other, canary, _columns = marked
    asked = drawn = 0
    readable = [door for door in doors.every(app) if door.method == "GET"]
    for door in readable:
        answered = set()
        for things in ({**sample.things, "slug": sample.slug}, {**other.things, "slug": other.slug}):
            path = doors.path_of(app, door, things)
            for who, caller in callers.items():
                answer = caller.knock(path, "GET")
                assert canary not in whole(answer), f"{who or 'a visitor'} at {path}"
                answered.add(answer.status_code)
                asked += 1
        drawn += 200 in answered
    tally.count("B04 answers of every readable door without a canary", asked)
    assert drawn / len(readable) > 0.75  # the rest needs a token or a step that isn't there; `addresses` has those
