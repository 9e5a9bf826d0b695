"""Which language a page speaks: the reader's choice, else what the browser asks for, else the site's first language."""

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, g, has_request_context, redirect, request
from flask_babel import Babel
from werkzeug.wrappers import Response

from app.core import cookies
from app.web import catalogues
from app.web.access import bare
from tenants.settings import TenantSettings

YEAR = 31_536_000
MODES = ("auto", "light", "dark")


def choose(languages: Sequence[str], *, wishes: Sequence[str | None], accepted: str | None) -> str:
    """Return one of the site's languages: the first wish it has, else the accepted one, else its first."""
    known = next((wish for wish in wishes if wish in languages), None)
    return known or (accepted if accepted in languages else None) or languages[0]


def install(
    app: Flask, *, settings: Callable[[], TenantSettings | None], person_language: Callable[[], str | None]
) -> Blueprint:
    """Give the application its languages; call before theming. Returns the blueprint with the reader's preferences."""

    def locale() -> str:
        site = settings() or TenantSettings()
        if not has_request_context():
            return choose(site.languages, wishes=[person_language()], accepted=None)
        return choose(
            site.languages,
            wishes=[cookies.choice(request.cookies, "lang"), person_language()],
            accepted=request.accept_languages.best_match(site.languages),
        )

    def zone() -> str:
        return (settings() or TenantSettings()).time_zone

    catalogues.compile_stale()
    Babel(
        app,
        default_translation_directories=str(catalogues.FOLDER),
        locale_selector=locale,
        timezone_selector=zone,
    )
    return _preferences()


def preference_url(name: str, value: str) -> str:
    """Return the link that sets `lang` or `mode` and leads back to the page it stands on."""
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return f"/preferences/{name}/{value}?next={quote(back)}"


def keep_choice(answer: Response, name: str, value: str, *, secure: bool) -> None:
    """Let the browser remember for a year what the reader chose as `lang` or `mode`."""
    kept = cookies.named(name, secure=secure)
    answer.set_cookie(kept, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")


def local_path(target: str | None) -> str:
    """Return the target if it is a path of this site, else the front page: nobody is led off by a link of ours."""
    try:
        parts = urlsplit((target or "").replace("\\", "/"))
    except ValueError:  # a bracket that begins an IPv6 address and doesn't end it
        return "/"
    safe = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return f"{parts.path}?{parts.query}" if safe and parts.query else parts.path if safe else "/"


def _preferences() -> Blueprint:
    preferences = Blueprint("preferences", __name__)

    @preferences.get("/preferences/<any(lang, mode):name>/<value>")
    @bare
    def choose_look(name: str, value: str) -> Response:
        answer = redirect(local_path(request.args.get("next")), 303)
        allowed = MODES if name == "mode" else ("en", "ar")
        if value in allowed:
            keep_choice(answer, name, value, secure=g.settings.secure if "settings" in g else request.is_secure)
        return answer

    return preferences
