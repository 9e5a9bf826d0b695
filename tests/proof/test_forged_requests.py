"""No other site makes a browser of ours change anything: every door that changes something, forged in many ways (B32).

Views are rolled back and say so in a header, so a forged request that reached one is seen whatever it answered.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.lifecycle import Platform
from tests.support import doors, tally
from tests.support.doors import Caller, Door
from tests.support.sample import Sample

EVIL = "https://evil.example"
Forgery = Callable[[Caller, Caller], dict[str, Any]]  # whose browser it is, and somebody else's → what is sent

FORGERIES: dict[str, Forgery] = {
    "nothing of ours": lambda _mine, _other: {"data": {}},
    "an empty token": lambda _mine, _other: {"data": {"csrf_token": ""}},
    "a token that was made up": lambda _mine, _other: {"data": {"csrf_token": "ImFiYyI.aaaaaa." + "b" * 27}},
    "another browser's token": lambda _mine, other: {"data": {"csrf_token": other.csrf}},
    "another browser's token in the header": lambda _mine, other: {"headers": {"X-CSRFToken": other.csrf}, "data": {}},
    "our token in the address": lambda mine, _other: {"query_string": {"csrf_token": mine.csrf}, "data": {}},
    "another origin": lambda _mine, _other: {"headers": {"Origin": EVIL, "Referer": f"{EVIL}/x"}, "data": {}},
    "no origin at all": lambda _mine, _other: {"headers": {"Origin": "null"}, "data": {}},
    "a form of another site": lambda _mine, _other: {"headers": {"Sec-Fetch-Site": "cross-site"}, "data": {}},
    "our own origin, said by nobody": lambda mine, _other: {"headers": {"Origin": f"http://{mine.host}"}, "data": {}},
    "JSON in a form's plain text": lambda mine, _other: {
        "data": f'{{"csrf_token": "{mine.csrf}", "x": "="}}',
        "content_type": "text/plain",
    },
    "JSON": lambda _mine, _other: {"json": {"csrf_token": "x"}},
    "JSON that carries our token": lambda mine, _other: {"json": {"csrf_token": mine.csrf}},
    "no body": lambda _mine, _other: {"content_type": "application/octet-stream"},
}
# Methods that are asked for by another name, in what only reads.
OVERRIDES: dict[str, dict[str, Any]] = {
    "X-HTTP-Method-Override": {"headers": {"X-HTTP-Method-Override": "POST"}},
    "X-HTTP-Method": {"headers": {"X-HTTP-Method": "POST"}},
    "X-Method-Override": {"headers": {"X-Method-Override": "DELETE"}},
    "_method": {"query_string": {"_method": "POST"}},
}


@pytest.fixture(scope="module")
def nothing_lasts(app: Platform) -> Iterator[None]:
    with doors.nothing_lasts(app):
        yield


@pytest.fixture(scope="module")
def people(app: Platform, sample: Sample, nothing_lasts: None) -> dict[str, Caller]:
    return {who: Caller(app, sample.host(who), sample.token(who)) for who in ("ada", "irene", "otto", "carol", "sam")}


@pytest.fixture(scope="module")
def other(app: Platform, sample: Sample, nothing_lasts: None) -> Caller:
    return Caller(app, sample.site.host, sample.token("alice"))


def changing(app: Platform, *, api: bool) -> list[Door]:
    return [door for door in doors.every(app) if door.method not in ("GET", "HEAD") and door.is_api == api]


def things_of(sample: Sample, door: Door) -> dict[str, Any]:
    return {**sample.things, "slug": sample.site.slug if door.rule.rule.startswith("/tenants/") else sample.slug}


def sent(caller: Caller, path: str, method: str, **options: Any) -> TestResponse:
    """Let a browser send something with its cookies, as any site can make it do."""
    caller.client._cookies = dict(caller.cookies)
    return caller.client.open(path, base_url=f"http://{caller.host}", method=method, **options)


def test_no_forged_request_reaches_a_page_that_changes_something(
    app: Platform, sample: Sample, people: dict[str, Caller], other: Caller
) -> None:
    asked = changing(app, api=False)
    assert len(asked) > 80
    for door in asked:
        path = doors.path_of(app, door, things_of(sample, door))
        for number, (forgery, made) in enumerate(FORGERIES.items()):
            who = list(people)[number % len(people)]
            answer = sent(people[who], path, door.method, **made(people[who], other))
            assert "X-Answered" not in answer.headers, f"{forgery}: {who} at {door.name}"
            assert answer.status_code in (404, 419), f"{forgery}: {who} at {door.name} got {answer.status_code}"
    tally.count("B32 forged requests: doors that change something", len(asked))
    tally.count("B32 forged requests: refused", len(asked) * len(FORGERIES))


def test_with_its_own_token_the_same_request_gets_through(
    app: Platform, sample: Sample, people: dict[str, Caller]
) -> None:
    reached = 0
    for door in changing(app, api=False):
        path = doors.path_of(app, door, things_of(sample, door))
        answers = [people[who].knock(path, door.method) for who in people]
        reached += any("X-Answered" in answer.headers for answer in answers)
    assert reached > 80


def test_at_the_json_door_a_browsers_cookies_are_nobodys(
    app: Platform, sample: Sample, people: dict[str, Caller]
) -> None:
    asked = changing(app, api=True)
    assert len(asked) > 20
    bodies: list[dict[str, Any]] = [
        {"data": '{"x": "="}', "content_type": "text/plain"},
        {"data": {"x": "1"}},
        {"json": {}, "headers": {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}},
    ]
    for door in asked:
        path = doors.path_of(app, door, things_of(sample, door))
        for who, caller in people.items():
            for body in bodies:
                options = {**body, "headers": {"Idempotency-Key": "forged-forged-forged", **body.get("headers", {})}}
                with_cookies = sent(caller, path, door.method, **options)
                caller.client._cookies = {}
                without = caller.client.open(path, base_url=f"http://{caller.host}", method=door.method, **options)
                assert doors.said(with_cookies) == doors.said(without), f"{who} at {door.name}"
                assert "Set-Cookie" not in with_cookies.headers, door.name
                assert "Access-Control-Allow-Origin" not in with_cookies.headers, door.name
                tally.count("B32 forged requests: at the JSON door, as good as a stranger's")


def test_what_reads_is_never_taken_for_what_changes(app: Platform, sample: Sample, people: dict[str, Caller]) -> None:
    both = [door for door in changing(app, api=False) if door.method == "POST"]
    reading = {door.rule.rule for door in doors.every(app) if door.method == "GET"}
    for door in both:
        path = doors.path_of(app, door, things_of(sample, door))
        for name, options in OVERRIDES.items():
            answer = sent(people["otto"], path, "GET", **options)
            assert answer.request.method == "GET"
            if door.rule.rule not in reading:
                assert answer.status_code in (404, 405), f"{name} at {door.name}"
                assert "X-Answered" not in answer.headers, f"{name} at {door.name}"
            tally.count("B32 forged requests: methods by another name")
