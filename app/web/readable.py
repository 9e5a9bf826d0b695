"""What no view could make sense of is refused before any view is asked: zero bytes, and JSON of an unforeseen shape.

PostgreSQL keeps no zero byte and UTF-8 no half of a pair; either would be an error of ours, deep inside a request.
"""

import json
from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest

from app.core.errors import NotFound
from app.web.errors import wants_json

_ZERO = "\x00"


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
    app.json = Json(app)
    app.before_request(_check)


def _check() -> None:
    """Raise NotFound for an address that can't exist, BadRequest for values that can't be read."""
    if _ZERO in request.path:
        raise NotFound
    if any(_ZERO in name or _ZERO in value for name, value in request.args.items(multi=True)):
        raise BadRequest
    if request.is_json and request.get_data() and not wants_json():
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict) or not all(isinstance(value, str) for value in sent.values()):
            raise BadRequest
