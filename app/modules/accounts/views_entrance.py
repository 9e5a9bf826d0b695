"""The second half of signing in: a second factor is shown, or set up where the person's role needs one; passkeys.

Whoever stands here has a session that gives no rights yet (`service.waiting`).
"""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.permissions import Actor
from app.modules.accounts import errors, service
from app.modules.accounts.forms_factors import AnswerForm, AppForm, CodeForm, PasskeyForm
from app.modules.accounts.rules import Stage
from app.modules.accounts.service import Waiting
from app.modules.accounts.views_factors import app_picture, code_problem, key_problem, new_key
from app.modules.accounts.views_session import let_in, relying, session_token
from app.modules.factors import service as factors
from app.modules.factors.errors import AlreadyThere, WrongCode, WrongPasskey
from app.web import entrance
from app.web.access import public
from app.web.current import current
from app.web.i18n import local_path
from app.web.theming import page

pages = Blueprint("entrance", __name__, url_prefix="/login")


@pages.after_request
def _keep_nothing(answer: Response) -> Response:
    """What stands here is a person's, although nobody is signed in yet."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/passkey")
@public
def passkey() -> ResponseReturnValue:
    """Let somebody in who shows a passkey alone: it stands for password and second factor."""
    form = AnswerForm()
    try:
        user_id = service.check_key(
            current.session, user_id=None, answer=form.answer.data or "", site=relying(), now=current.now
        )
        who = service.person(current.session, user_id)
        return let_in(who, local_path(form.next.data), how="passkey", shown=("passkey",))
    except (WrongPasskey, errors.AccountSuspended):
        return redirect(url_for("accounts.login", next=local_path(form.next.data), passkey="refused"), 303)


@pages.get("/second")
@public
def second() -> ResponseReturnValue:
    """Ask for the second factor."""
    here = _waiting(Stage.SECOND)
    return _second(here, CodeForm(data={"next": _goal()}, formdata=None), "")


@pages.post("/second")
@public
def send_second() -> ResponseReturnValue:
    """Check the second factor and let the person in."""
    here, form, answer = _waiting(Stage.SECOND), CodeForm(), AnswerForm()
    if not answer.answer.data and not form.validate():
        return _second(here, form, ""), 422
    try:
        shown = _shown(here, form, answer)
    except (WrongCode, WrongPasskey) as refused:
        return _second(here, form, key_problem() if isinstance(refused, WrongPasskey) else code_problem()), 422
    except errors.TooManyAttempts as refused:
        words = _("Too many attempts. Wait a quarter of an hour, or show a passkey.")
        return _second(here, form, words), 429, {"Retry-After": str(refused.retry_after)}
    return _through(shown, local_path(form.next.data))


@pages.get("/enrol")
@public
def enrol() -> ResponseReturnValue:
    """Say that this role needs a second factor, and offer both kinds."""
    here, goal = _waiting(Stage.ENROL), _goal()
    return _enrol(here, AppForm(data={"next": goal}, formdata=None), PasskeyForm(data={"next": goal}, formdata=None))


@pages.post("/enrol")
@public
def send_enrol() -> ResponseReturnValue:
    """Take the first code of the app: the app is set up, and the person is in."""
    here, form = _waiting(Stage.ENROL), AppForm()
    empty = PasskeyForm(data={"next": form.next.data}, formdata=None)
    if not form.validate():
        return _enrol(here, form, empty), 422
    try:
        codes = service.add_app(
            current.session,
            actor=_actor(here),
            code=form.code.data or "",
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    except (WrongCode, AlreadyThere, errors.TooManyAttempts) as refused:
        form.code.errors = [code_problem()]
        return _enrol(here, form, empty), refused.status
    return _enrolled("totp", codes, local_path(form.next.data))


@pages.post("/enrol/passkey")
@public
def send_enrol_passkey() -> ResponseReturnValue:
    """Keep the first passkey: it is set up, and the person is in."""
    here, form = _waiting(Stage.ENROL), PasskeyForm()
    codes = new_key(form, _actor(here)) if form.validate() else None
    if codes is None:
        return _enrol(here, AppForm(data={"next": form.next.data}, formdata=None), form), 422
    return _enrolled("passkey", codes, local_path(form.next.data))


def _waiting(stage: Stage) -> Waiting:
    here = service.waiting(current.session, session_token(), now=current.now)
    if here.stage is not stage:
        raise errors.WrongStep
    return here


def _actor(here: Waiting) -> Actor:
    return service.as_actor(here.who, current.actor.remote)


def _goal() -> str:
    return local_path(request.args.get("next"))


def _shown(here: Waiting, form: CodeForm, answer: AnswerForm) -> str:
    session, now = current.session, current.now
    if answer.answer.data:
        service.check_key(session, user_id=here.who.id, answer=answer.answer.data, site=relying(), now=now)
        return "passkey"
    return service.check_code(
        session,
        user_id=here.who.id,
        code=form.code.data or "",
        secret_key=current.settings.secret_key,
        remote=current.actor.remote,
        now=now,
    )


def _through(shown: str, goal: str) -> ResponseReturnValue:
    entered = service.let_through(
        current.session, token=session_token() or "", shown=shown, remote=current.actor.remote, now=current.now
    )
    return entrance.carry(entered.token, goal, locale=entered.who.locale)


def _second(here: Waiting, form: CodeForm, problem: str) -> str:
    ways = service.ways(current.session, here.who.id, site=relying(), now=current.now)
    return page("accounts/second.html", form=form, ways=ways, problem=problem, who=here.who)


def _enrol(here: Waiting, form: AppForm, key: PasskeyForm) -> str:
    secret = factors.begin_totp(
        current.session, user_id=here.who.id, secret_key=current.settings.secret_key, now=current.now
    )
    ask = factors.to_register(
        current.session, user_id=here.who.id, email=here.who.email, name=here.who.name, site=relying(), now=current.now
    )
    picture = app_picture(secret, here.who.email)
    return page("accounts/enrol.html", form=form, key=key, secret=secret, picture=picture, ask=ask, who=here.who)


def _enrolled(shown: str, codes: list[str], goal: str) -> ResponseReturnValue:
    """Show the recovery codes, the only time, with the new session."""
    entered = service.let_through(
        current.session, token=session_token() or "", shown=shown, remote=current.actor.remote, now=current.now
    )
    return entrance.show(page("accounts/codes.html", codes=codes, goal=goal, plain=True), entered.token)
