"""What no view could make sense of never reaches one: zero bytes, and JSON of an unforeseen shape.

PostgreSQL keeps no zero byte and UTF-8 no half of a pair; either would be an error of ours, deep inside a request.
"""

import json
from typing import Any

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.utils import cached_property

from app.core.errors import NotFound
from app.web.errors import wants_json

_ZERO = "\x00"


class Readable(Request):
    """A request whose address asks without zero bytes: a search for one finds what the rest of the words find."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The values in the address, by name."""
        asked = super().args.items(multi=True)
        return ImmutableMultiDict((name.replace(_ZERO, ""), value.replace(_ZERO, "")) for name, value in asked)


class Json(DefaultJSONProvider):
    """JSON whose texts can be stored; anything else is malformed."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Return the value. Raises ValueError for what isn't JSON, is nested too deeply, or holds unstorable text."""
        try:
            value = super().loads(s, **options)
            written = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        written.encode()  # UnicodeEncodeError, a ValueError, for half of a surrogate pair
        if "\\u0000" in written.replace("\\\\", ""):
            raise ValueError("a zero byte in a text")
        return value


def install(app: Flask) -> None:
    """Refuse such requests; call after the hook that finds the tenant, so that refusals have its look."""
    app.request_class = Readable
    app.json = Json(app)
    app.before_request(_check)


def _check() -> None:
    """Raise NotFound for an address that can't exist, BadRequest for JSON that is no object of texts at a page."""
    if _ZERO in request.path:
        raise NotFound
    if request.is_json and request.get_data() and not wants_json():
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict) or not all(isinstance(value, str) for value in sent.values()):
            raise BadRequest
