"""What stands between a JSON request and its view: values in, one effect, values out, and the words for its document.

`@operation` goes between the route and the access declaration. The view takes its path's arguments, `sent` (the body),
`asked` (the query) where it has them, and returns a `Shape`, an `Answer`, or a finished response.
"""

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import idempotency
from app.core.errors import AppError, Invalid
from app.core.scopes import Scope
from app.web import access
from app.web.current import current
from app.web.problems import of_values

LONGEST_BODY = 1024 * 1024  # bytes of JSON; files have a limit of their own
DEEPEST = 20
KEPT_KEY, SHORTEST_KEY, LONGEST_KEY = "Idempotency-Key", 8, 200
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

View = Callable[..., Any]
Entry = Callable[..., ResponseReturnValue]


class Shape(BaseModel):
    """What is answered. Attributes are snake_case here and camelCase in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class Body(BaseModel):
    """What is sent. Names that aren't known are refused, so nothing can be slipped in."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", str_strip_whitespace=True
    )


class Done(Shape):
    """It is done."""

    success: bool = True


@dataclass(frozen=True)
class Answer:
    """An answer with more than a body: `etag` names the state that was read, `status` wins over the declared one.

    Nothing on the way may keep one that isn't to be `kept`.
    """

    shape: Shape
    etag: str = ""
    status: int | None = None
    kept: bool = True


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the interface, as it is enforced and as it is documented.

    An `anonymous` one looks at no token: somebody whose token has expired must be able to get the next one.
    """

    summary: str
    details: str = ""
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    status: int = 200
    scope: Scope | None = None
    problems: Sequence[type[AppError]] = ()
    key: Literal["", "honoured", "required", "own"] = ""
    etag: bool = False
    if_match: bool = False
    anonymous: bool = False
    example: dict[str, Any] = field(default_factory=dict)

    @property
    def requires_key(self) -> bool:
        return self.key in ("required", "own")


class KeyNeeded(Invalid):
    """Send a header Idempotency-Key of 8 to 200 characters, made once for what you want to happen."""

    code = "idempotency-key-needed"


class NotJson(Invalid):
    """Send a JSON object with the header Content-Type: application/json."""

    code = "not-json"


class TooDeep(Invalid):
    """This JSON is nested too deeply, or a text in it holds characters that can't be stored. Send plainer values."""

    code = "json-refused"


class ScopeMissing(AppError):
    """This token isn't meant for this. Use one that has the scope, or sign in."""

    status = 403
    code = "scope-missing"
    title = "Not allowed"


def operation(**said: Any) -> Callable[[View], Entry]:
    """Make a view an operation of the interface. Keywords are those of `Operation`."""

    def declare(view: View) -> Entry:
        declared = Operation(details=inspect.cleandoc(view.__doc__ or ""), **said)

        @functools.wraps(view)
        def answered(**arguments: Any) -> ResponseReturnValue:
            if declared.body is not None:
                arguments["sent"] = _validated(declared.body, json_sent())
            if declared.form is not None:
                arguments["sent"] = _validated(declared.form, _plain(request.form.to_dict()))
            if declared.query is not None:
                arguments["asked"] = _validated(declared.query, _plain(request.args.to_dict()))
            return _once(declared, lambda: _response(declared, view(**arguments)))

        answered.portico_operation = declared  # type: ignore[attr-defined]
        return answered

    return declare


def of(view: Callable[..., Any]) -> Operation | None:
    """Return what a view said of itself, or None where it isn't an operation."""
    return cast("Operation | None", getattr(view, "portico_operation", None))


def is_anonymous(view: Callable[..., Any]) -> bool:
    """Tell whether a view looks at no token."""
    declared = of(view)
    return declared is not None and declared.anonymous


def check_scope(view: Callable[..., Any], scopes: frozenset[Scope] | None) -> None:
    """Raise ScopeMissing unless a token with these scopes may be used here. None: nobody came with a token."""
    declared = of(view)
    if scopes is None or declared is None or declared.scope is None or access.of(view) == access.Access():
        return
    if declared.scope not in scopes:
        raise ScopeMissing


def json_sent() -> dict[str, Any]:
    """Return the request's JSON object; nothing sent is an empty one. Raises NotJson or TooDeep."""
    if (request.content_length or 0) > LONGEST_BODY:
        raise RequestEntityTooLarge
    raw = request.get_data()
    if len(raw) > LONGEST_BODY:  # sent in pieces, without saying how much
        raise RequestEntityTooLarge
    if not raw:
        return {}
    try:
        sent = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotJson from None
    if not isinstance(sent, dict) or request.mimetype != "application/json":
        raise NotJson
    return _plain(sent)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the value if it is shallow and can be stored as text. Raises TooDeep."""
    level: list[Any] = [value]
    for _depth in range(DEEPEST):
        below: list[Any] = []
        for one in level:
            if isinstance(one, str) and not _storable(one):
                raise TooDeep
            if isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            if isinstance(one, list):
                below += one
        if not below:
            return value
        level = below
    raise TooDeep


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= mark <= "\udfff" for mark in text)


def _validated(kind: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    try:
        return kind.model_validate(values)
    except ValidationError as refused:
        raise Invalid(fields=of_values(refused)) from None


def key_sent(*, required: bool) -> str:
    """Return the request's Idempotency-Key, or nothing. Raises KeyNeeded where it is malformed or needed."""
    key = request.headers.get(KEPT_KEY, "")
    if not key and not required:
        return ""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise KeyNeeded
    return key


def _once(declared: Operation, act: Callable[[], Response]) -> Response:
    """Do it, or answer as before where its key was used before. What is refused is forgotten: it changed nothing."""
    if declared.key in ("", "own") or not current.actor.is_person:
        return act()
    key = key_sent(required=declared.requires_key)
    if not key:
        return act()
    kept = idempotency.FOR_EVER if declared.key == "required" else idempotency.AT_THE_DOOR
    scope = f"{kept}{request.method} {request.url_rule}"
    who: dict[str, Any] = {"actor_id": current.actor.require_id(), "scope": scope, "key": key}
    earlier = idempotency.claim(current.session, **who, request=_asked_for())
    if earlier is not None:
        return _replayed(earlier)
    answer = act()
    if answer.status_code < 400:
        said = {"status": answer.status_code, "body": answer.get_json(), "etag": answer.headers.get("ETag", "")}
        idempotency.answer(current.session, **who, value=said)
    return answer


def _asked_for() -> list[str]:
    """Return what makes two requests the same one: the address and every byte that was sent."""
    parts = [request.full_path, hashlib.sha256(request.get_data(cache=True) or b"").hexdigest()]
    for name, file in sorted(request.files.items()):
        parts += [name, file.filename or "", hashlib.sha256(file.stream.read()).hexdigest()]
        file.stream.seek(0)
    return parts + [f"{name}={value}" for name, value in sorted(request.form.items())]


def _replayed(earlier: dict[str, Any]) -> Response:
    answer = Response(json.dumps(earlier["body"]), earlier["status"], mimetype="application/json")
    answer.headers["Idempotency-Replayed"] = "true"
    if earlier.get("etag"):
        answer.headers["ETag"] = earlier["etag"]
    return answer


def _response(declared: Operation, given: Any) -> Response:
    if isinstance(given, Response):
        return given
    said = given if isinstance(given, Answer) else Answer(given)
    text = said.shape.model_dump_json(by_alias=True)
    answer = Response(text, said.status or declared.status, mimetype="application/json")
    if not said.kept:
        answer.headers["Cache-Control"] = "no-store"
    if said.etag or declared.etag:
        answer.set_etag(said.etag or hashlib.sha256(text.encode()).hexdigest()[:32])
        if request.method == "GET":
            answer.make_conditional(request)
    return answer
