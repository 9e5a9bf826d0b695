"""Errors as pages or as problem+json (RFC 9457). No answer shows a stack trace."""

import logging
import secrets
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core.errors import AppError, SignInNeeded, TooMany
from app.web import problems
from app.web.theming import page

log = logging.getLogger("portico.web")
PAGES = {403, 404, 413, 419, 422, 429, 500, 503}


def install(app: Flask) -> None:
    """Answer every error in the form the client asked for."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Tell whether this request came through the JSON door."""
    return request.path == "/api" or request.path.startswith("/api/")


def _app_error(error: AppError) -> ResponseReturnValue:
    if isinstance(error, SignInNeeded) and not wants_json():
        asked = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect("/login?next=" + _quoted(asked), 303)
    if error.status == 500:
        return _unexpected(error)
    fields = problems.fields_said(error)
    asked = getattr(error, "parameter", "")  # the name of a value that a program can send to go on
    answer = answer_with(error.status, error.code, _(error.title), problems.said(error), fields, parameter=asked)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    message = _("This form was open too long or came from another site. Go back, reload the page and send it again.")
    return answer_with(419 if not wants_json() else 403, "csrf", _("Please send the form again"), message)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    title, message, code = problems.of_http(error.code or 500)
    answer = answer_with(error.code or 500, code, title, message)
    for header in ("Allow", "Retry-After"):
        if value := error.get_response().headers.get(header):
            answer.headers[header] = value
    return answer


def _database(error: DBAPIError | PoolTimeout) -> ResponseReturnValue:
    log.warning("database unavailable: %s", type(error).__name__)
    answer = answer_with(503, "unavailable", _("Unavailable"), _("Nothing was lost. Try again in a minute."))
    answer.headers["Retry-After"] = "5"
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    log.exception("unexpected error %s", reference, exc_info=error)
    title, message = _("Something went wrong on our side"), _("Tell our support the reference %(it)s.", it=reference)
    return answer_with(500, "internal", title, message, reference=reference)


def answer_with(
    status: int,
    code: str,
    title: str,
    message: str,
    fields: dict[str, str] | None = None,
    *,
    reference: str = "",
    parameter: str = "",
) -> Response:
    """Return the error as the page of its status, or as problem+json at the JSON door."""
    g.failed = True  # the page is drawn after the transaction: its surroundings must not query
    if wants_json():
        body: dict[str, object] = {"type": f"/api/problems/{code}", "title": title, "status": status, "detail": message}
        body |= {"code": code} | ({"errors": fields} if fields else {})
        body |= {"parameter": parameter} if parameter else {}
        answer = jsonify(body)
        answer.mimetype = "application/problem+json"
    else:
        name = status if status in PAGES else "error" if status < 500 else 500
        html = page(f"errors/{name}.html", status=status, title=title, message=message, reference=reference)
        answer = Response(html, mimetype="text/html")
    answer.status_code = status
    if status == 401:
        answer.headers["WWW-Authenticate"] = f'Bearer realm="{g.site.slug if g.site else "portico"}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _quoted(path: str) -> str:
    return quote(path, safe="/")
