"""The browser's side of signing in by something else than a password: what ties the way out to the way back."""

import secrets

from flask import redirect, request
from flask import session as form_session
from werkzeug.wrappers import Response

from app.core.cookies import named
from app.web.current import current
from app.web.i18n import keep_choice

LASTS = 900  # seconds: a little longer than any journey


def _name() -> str:
    return named("journey", secure=current.settings.secure)


def browser_secret() -> str:
    """Return the secret by which this browser is known again within a quarter of an hour; a new one if it has none."""
    return known_browser() or secrets.token_urlsafe(32)


def known_browser() -> str:
    """Return the browser's secret, empty if it brings none, or two."""
    sent = request.cookies.getlist(_name())
    return sent[0] if len(sent) == 1 and 40 <= len(sent[0]) <= 64 else ""


def remember(answer: Response, secret: str) -> Response:
    """Let the browser keep its secret."""
    answer.set_cookie(
        _name(), secret, max_age=LASTS, secure=current.settings.secure, httponly=True, samesite="Lax", path="/"
    )
    return answer


def handed_over(goal: str, *, cookie: str, token: str, locale: str) -> Response:
    """Lead on to the local path `goal` with a new session; form tokens of before are void."""
    form_session.clear()
    answer, secure = redirect(goal, 303), current.settings.secure
    answer.set_cookie(cookie, token, secure=secure, httponly=True, samesite="Lax")
    if locale in current.site.settings.languages:
        keep_choice(answer, "lang", locale, secure=secure)
    return answer
