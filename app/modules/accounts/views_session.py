"""The browser's side of a session: its cookie, and what Flask-Login is told."""

from flask import Flask, Request, redirect, request
from flask import session as form_session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from app.core.permissions import Actor
from app.modules.accounts import service
from app.modules.accounts.service import Person
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


def let_in(who: Person, goal: str) -> ResponseReturnValue:
    """Sign in somebody who has just shown who they are, and lead on to `goal`."""
    fresh, _who = service.open_session(
        current.session,
        user_id=who.id,
        remote=current.actor.remote,
        agent=request.user_agent.string,
        now=current.now,
    )
    return carry(fresh, who, goal)


def carry(fresh: str, who: Person, goal: str) -> ResponseReturnValue:
    """Hand over the new session and end the one the browser came with; form tokens of before are void."""
    service.sign_out(current.session, actor=current.actor, token=session_token(), now=current.now)
    form_session.clear()
    answer, secure = redirect(goal, 303), current.settings.secure
    answer.set_cookie(service.cookie_name(secure=secure), fresh, secure=secure, httponly=True, samesite="Lax")
    if who.locale in current.site.settings.languages:
        answer.set_cookie("lang", who.locale, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer
