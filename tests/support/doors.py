"""Every door of the application, everybody who could come to it, and what each of them is answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from uuid import UUID

from flask import make_response
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.core import clock
from app.lifecycle import Platform
from app.modules.accounts import service as accounts
from app.modules.tokens import service as tokens
from app.web import access
from tenants import ids
from tenants.session import tenant_session
from tests.support.http import Visitor

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNLIMITED = 10**9
UNDONE = 460  # what an undone answer is sent as: any status from 400 on makes the application roll back
IN, SIGN_IN, FORBIDDEN, ABSENT = "in", "sign in", "forbidden", "absent"


@dataclass(frozen=True)
class Door:
    """A rule of the map with one of its methods."""

    rule: Rule
    method: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def is_api(self) -> bool:
        return self.rule.rule.startswith("/api/")


def every(app: Platform) -> list[Door]:
    """Return all doors, in the order of their addresses."""
    found = [Door(rule, method) for rule in app.url_map.iter_rules() for method in METHODS if method in rule.methods]
    return sorted(found, key=lambda door: (door.rule.rule, METHODS.index(door.method)))


def path_of(app: Platform, door: Door, things: dict[str, Any]) -> str:
    """Return an address of the door about these things; what isn't among them exists nowhere."""
    values: dict[str, Any] = {}
    for name, converter in door.rule._converters.items():
        choices = sorted(getattr(converter, "items", ()))
        kind = type(converter).__name__
        if kind == "AnyConverter":
            values[name] = choices[0]
        else:
            values[name] = things.get(name) or (ids.new() if kind == "UUIDConverter" else "x")
    with app.test_request_context():
        return str(app.url_map.bind("").build(door.rule.endpoint, values, method=door.method))


@contextmanager
def unlimited(app: Platform) -> Iterator[None]:
    """Let everybody come as often as they like."""
    settings = app.portico
    app.portico = replace(
        settings, limit_public=UNLIMITED, limit_person=UNLIMITED, limit_office=UNLIMITED, limit_entrance=UNLIMITED
    )
    try:
        yield
    finally:
        app.portico = settings


@contextmanager
def nothing_lasts(app: Platform) -> Iterator[None]:
    """Let every view do its work and then roll it back, so that doors can be tried in any order by anybody.

    The status that the view answered with stands in the header `X-Answered`.
    """
    kept = dict(app.view_functions)
    for endpoint, view in kept.items():
        declared = access.of(view)
        if declared is None or not declared.bare:
            app.view_functions[endpoint] = _undone(view)
    try:
        with unlimited(app):
            yield
    finally:
        app.view_functions.clear()
        app.view_functions.update(kept)


def _undone(view: Any) -> Any:
    @wraps(view)
    def tried(*arguments: Any, **named: Any) -> Any:
        answer = make_response(view(*arguments, **named))
        answer.headers["X-Answered"] = str(answer.status_code)
        answer.status_code = max(UNDONE, answer.status_code)
        return answer

    return tried


def bearer_of(app: Platform, token: str) -> str:
    """Return an access token for the person whose session this is; none for somebody who is only half in."""
    with tenant_session(UUID(token.partition(".")[0])) as session:
        now = clock.now()
        actor = accounts.identify(session, token, now=now, remote="127.0.0.1")
        if not actor.is_person:
            return ""
        who = accounts.person(session, actor.require_id())
        return tokens.open_family(session, who=who, remote="", agent="", home=app.portico.home, now=now).access


class Caller:
    """Somebody at the doors of one host: cookies and their form token for pages, a bearer token at the API."""

    def __init__(self, app: Platform, host: str, token: str = "") -> None:
        visitor = Visitor(app, host)
        self.client, self.host, self.token = visitor.client, host, token
        if token:
            self.client.set_cookie(accounts.cookie_name(secure=False), token, domain=host)
        page = visitor.get("/account/password" if token else "/login")
        self.bearer = bearer_of(app, token) if token else ""
        self.csrf = next((form.fields["csrf_token"] for form in page.forms() if "csrf_token" in form.fields), "")
        self.cookies = dict(self.client._cookies or {})

    def knock(self, path: str, method: str) -> TestResponse:
        """Ask for a path with an empty form, or an empty JSON object at the JSON door; cookies are as they were."""
        options: dict[str, Any] = {"base_url": f"http://{self.host}", "method": method}
        is_api = path.startswith("/api/")
        self.client._cookies = {} if is_api else dict(self.cookies)
        if is_api:
            options["headers"] = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
            if method != "GET":
                options["json"] = {}
                options["headers"]["Idempotency-Key"] = str(ids.new())
        elif method != "GET":
            options["data"] = {"csrf_token": self.csrf}
        return self.client.open(path, **options)


def verdict(answer: TestResponse) -> str:
    """Return in one word what an answer means for who knocked. Raises AssertionError for a broken door."""
    status = int(answer.headers.get("X-Answered", answer.status_code))
    assert status < 500, f"{answer.request.method} {answer.request.path} broke: {answer.text[:300]}"
    assert status not in (405, 419, 429), f"{answer.request.method} {answer.request.path} answered {status}"
    if status == 401 or (status == 303 and answer.headers.get("Location", "").startswith("/login?next=")):
        return SIGN_IN
    return {403: FORBIDDEN, 404: ABSENT}.get(status, IN)


def said(answer: TestResponse) -> tuple[int, str]:
    """Return an answer without what differs in every one: its address, tokens, ids and times."""
    asked = answer.request.path
    text = answer.text.replace(asked, "HERE")
    text = re.sub(r'nonce="[^"]*"|value="[\w.-]{60,}"', "", text)
    text = re.sub(r"next=[\w%./-]+", "next=HERE", text)
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
