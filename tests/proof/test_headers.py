"""Every answer carries its headers, whoever knocks at whatever door and however it is answered (battery B33)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.lifecycle import Platform
from app.web import access
from tests.functional.test_every_page import headers_of
from tests.support import doors, tally
from tests.support.doors import Caller
from tests.support.http import Visitor
from tests.support.sample import Sample

NONCES = 1_000
OURS = {"sid", "device", "form", "lang", "mode", "journey"}


class Broken(Exception):
    """What nobody expected."""


@pytest.fixture(scope="module")
def callers(app: Platform, sample: Sample) -> dict[str, Caller]:
    made = {who: Caller(app, sample.host(who), sample.token(who)) for who in ("alice", "otto", "sam")}
    return {"": Caller(app, sample.site.host), **made}


def wrong_with(answer: TestResponse) -> list[str]:
    """Return what is wrong with an answer's headers and cookies."""
    wrong = headers_of(answer)
    kept = answer.headers.get("Cache-Control", "")
    status = int(answer.headers.get("X-Answered", answer.status_code))
    if (status >= 400 or answer.request.method != "GET") and kept != "no-store":
        is_file = answer.request.path.startswith(("/static/", "/theme/", "/plates/"))
        is_bearers = answer.request.path.startswith("/api/") and status < 400
        wrong += [] if is_file or is_bearers else [f"Cache-Control {kept}"]
    if answer.get_data() and "charset" not in answer.headers["Content-Type"] and answer.mimetype.startswith("text/"):
        wrong.append(f"Content-Type {answer.headers['Content-Type']}")
    return wrong + [name for line in answer.headers.getlist("Set-Cookie") for name in cookie_wrong(line)]


def cookie_wrong(line: str) -> list[str]:
    """Return what is wrong with a cookie that was set."""
    flags = {part.strip().partition("=")[0].lower(): part.strip().partition("=")[2] for part in line.split(";")[1:]}
    name = line.partition("=")[0]
    wrong = [] if name.removeprefix("__Host-") in OURS else [f"cookie {name} is unknown"]
    if "domain" in flags or flags.get("path") != "/" or "httponly" not in flags or flags.get("samesite") != "Lax":
        wrong.append(f"cookie {name} says {sorted(flags)}")
    return wrong


@pytest.fixture
def undone(app: Platform) -> Iterator[None]:
    with doors.nothing_lasts(app):
        yield


def test_every_door_answers_everybody_with_its_headers(
    app: Platform, sample: Sample, callers: dict[str, Caller], undone: None
) -> None:
    statuses: Counter[int] = Counter()
    cookies, wrong = 0, []
    for door in doors.every(app):
        there, nowhere = (doors.path_of(app, door, it) for it in ({**sample.things, "slug": sample.slug}, {}))
        for who, caller in callers.items():
            for path in (there, nowhere) if who == "otto" and there != nowhere else (there,):
                answer = caller.knock(path, door.method)
                statuses[int(answer.headers.get("X-Answered", answer.status_code))] += 1
                cookies += len(answer.headers.getlist("Set-Cookie"))
                wrong += [f"{who or 'nobody'} at {door.method} {path}: {it}" for it in wrong_with(answer)]
    assert wrong == [], f"{len(wrong)}\n" + "\n".join(wrong[:40])
    assert {200, 303, 401, 403, 404, 422} <= set(statuses), statuses
    assert cookies > 30
    tally.count("B31 cookies: flags judged in a crawl", cookies)
    for status, number in statuses.items():
        tally.count(f"B33 headers: answers with {status}", number)


def test_a_door_that_breaks_has_them_too(app: Platform, sample: Sample, callers: dict[str, Caller]) -> None:
    def breaks(**_named: Any) -> Any:
        raise Broken

    kept = dict(app.view_functions)
    for endpoint, view in kept.items():
        declared = access.of(view)
        app.view_functions[endpoint] = access._declare(breaks_for(breaks), declared) if declared else view
    try:
        broken = 0
        for door in doors.every(app):
            path = doors.path_of(app, door, {**sample.things, "slug": sample.slug})
            answer = callers["otto"].knock(path, door.method)
            broken += answer.status_code == 500
            assert headers_of(answer) == [], f"{door.method} {path}"
            if answer.status_code == 500:
                assert answer.headers["Cache-Control"] == "no-store", path
                assert "Broken" not in answer.text, path
                assert "Traceback" not in answer.text, path
    finally:
        app.view_functions.clear()
        app.view_functions.update(kept)
    assert broken > 100
    tally.count("B33 headers: answers with 500", broken)


def breaks_for(breaks: Any) -> Any:
    """Return a function of its own, since what a view declares is kept on it."""
    return lambda **named: breaks(**named)


def test_a_thousand_answers_have_a_thousand_nonces(app: Platform, sample: Sample) -> None:
    visitor = Visitor(app, f"nobody-{sample.site.host}")
    found = set()
    for _ in range(NONCES):
        policy = visitor.get("/").page.headers["Content-Security-Policy"]
        found.add(re.findall(r"'nonce-([\w-]{22})'", policy)[0])
    assert len(found) == NONCES
    tally.count("B33 headers: nonces that were new", len(found))
