"""The browser's side of a session: its cookie, and what Flask-Login is told."""

from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from app.core.cookies import named
from app.core.permissions import Actor
from app.modules.accounts import service
from app.modules.accounts.service import Person
from app.modules.factors import service as factors
from app.web import entrance
from app.web.current import current
from app.web.i18n import YEAR


class SignedIn(UserMixin):  # type: ignore[misc]  # the package has no types
    """The person of this request as Flask-Login and extensions that ask it (`current_user`) see them."""

    def __init__(self, actor: Actor) -> None:
        self.id = actor.require_id()
        self.actor = actor


class Logins(LoginManager):  # type: ignore[misc]  # the package has no types
    """Flask-Login over our own sessions: it is told who is there and keeps no cookie of its own."""

    def init_app(self, app: Flask, add_context_processor: bool = False) -> None:
        """Let `current_user` be asked, without the hook that would make every answer vary by cookie."""
        app.login_manager = self  # type: ignore[attr-defined]
        if add_context_processor:
            app.context_processor(lambda: {"current_user": current_user})


logins = Logins()


@logins.request_loader  # type: ignore[untyped-decorator]  # the package has no types
def _signed_in(_request: Request) -> SignedIn | None:
    return SignedIn(current.actor) if current.actor.is_person else None


def session_token() -> str | None:
    """Return the session token of the browser's cookie."""
    return service.token_of(request.cookies, secure=current.settings.secure)


def relying() -> factors.Relying:
    """Return the site as the one that asks for passkeys: its own host, never one that a request names."""
    site, settings = current.site, current.settings
    return factors.Relying(
        host=site.host, name=site.name, origin=settings.url(site.host, ""), secret_key=settings.secret_key
    )


def let_in(who: Person, goal: str, *, how: str, shown: tuple[str, ...] = ()) -> ResponseReturnValue:
    """Sign in somebody who has just shown who they are by `how`, and lead on to `goal`."""
    entered = service.enter(
        current.session,
        user_id=who.id,
        how=how,
        shown=shown,
        remote=current.actor.remote,
        agent=request.user_agent.string,
        replaces=session_token(),
        now=current.now,
    )
    return entrance.carry(entered.token, entered.way(goal), locale=entered.who.locale)


def known_device(email: str) -> str:
    """Return the name of this browser if it signed in to this address before, else nothing."""
    return service.known_device(request.cookies.get(_device()) or "", email, current.settings.secret_key)


def remember_device(answer: Response, email: str) -> Response:
    """Let the browser show next time that it signed in to this address."""
    name = known_device(email) or None
    value = service.device_pass(email, current.settings.secret_key, name=name)
    secure = current.settings.secure
    answer.set_cookie(_device(), value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


def _device() -> str:
    return named("device", secure=current.settings.secure)
