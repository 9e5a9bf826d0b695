"""Handing a browser its new session, and taking it back: the one way in which any door does it."""

from flask import Response, redirect
from flask import session as form_session
from werkzeug.wrappers import Response as BaseResponse

from app.core.cookies import cookie_name
from app.web.current import current
from app.web.i18n import keep_choice


def carry(token: str, goal: str, *, locale: str = "") -> BaseResponse:
    """Lead on to `goal` with a session that was just opened; form tokens of before are void.

    `goal` is a local path; `locale` the person's language.
    """
    form_session.clear()
    answer = redirect(goal, 303)
    give(answer, token)
    if locale in current.site.settings.languages:
        keep_choice(answer, "lang", locale, secure=current.settings.secure)
    return answer


def show(html: str, token: str) -> BaseResponse:
    """Show a page together with a session that was just renewed; form tokens of before are void."""
    form_session.clear()
    answer = Response(html, mimetype="text/html")
    give(answer, token)
    return answer


def give(answer: BaseResponse, token: str) -> None:
    """Put the session's token into the browser's cookie."""
    secure = current.settings.secure
    answer.set_cookie(cookie_name(secure=secure), token, secure=secure, httponly=True, samesite="Lax")


def take_back(answer: BaseResponse) -> BaseResponse:
    """Let the browser forget the session that has just ended, and what pages kept in it."""
    form_session.clear()
    # "cookies" would reach every tenant beneath the same domain; ours is deleted by name
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    secure = current.settings.secure
    answer.delete_cookie(cookie_name(secure=secure), secure=secure, httponly=True, samesite="Lax")
    return answer
