"""Showing once more who one is, before something that matters; what was being sent is kept and goes on afterwards."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import errors, service
from app.modules.accounts.forms_factors import ProofForm
from app.modules.accounts.service import Ways
from app.modules.accounts.views_factors import code_problem, key_problem
from app.modules.accounts.views_session import relying, session_token
from app.modules.factors.errors import WrongCode, WrongPasskey
from app.web import entrance
from app.web.access import signed_in
from app.web.current import current
from app.web.i18n import local_path
from app.web.theming import page

pages = Blueprint("proof", __name__, url_prefix="/login")


@pages.get("/again")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask who the person is. Stands in for any page that asks for a recent proof; then it keeps what was sent."""
    if request.endpoint == "proof.ask":
        return _page(ProofForm(data={"goal": local_path(request.args.get("next"))}, formdata=None, prefix="proof"))
    if request.method == "GET":
        return redirect(url_for("proof.ask", next=request.full_path.rstrip("?")), 303)
    files = any(file.filename for file in request.files.values())
    goal = _came_from() if files else request.full_path.rstrip("?")
    form = ProofForm(data={"goal": goal, "sent": "" if files else "1"}, formdata=None, prefix="proof")
    return _page(form, files=files), 403


@pages.post("/again")
@signed_in
def send() -> ResponseReturnValue:
    """Check the proof and go on: to the page, or with the form that was sent (307 repeats it as it is)."""
    form = ProofForm(prefix="proof")
    try:
        shown = _shown(form)
    except errors.WrongPassword:
        form.password.errors = [_("This is not your current password.")]
        return _page(form), 422
    except WrongCode:
        form.code.errors = [code_problem()]
        return _page(form), 422
    except WrongPasskey:
        return _page(form, problem=key_problem()), 422
    except errors.TooManyAttempts as refused:
        words = _("Too many attempts. Wait a quarter of an hour, or choose a new password.")
        return _page(form, problem=words), 429, {"Retry-After": str(refused.retry_after)}
    fresh = service.step_up(
        current.session, actor=current.actor, token=session_token() or "", shown=shown, now=current.now
    )
    answer = redirect(local_path(form.goal.data), 307 if form.sent.data else 303)
    entrance.give(answer, fresh)
    return answer


def _shown(form: ProofForm) -> str:
    """Return by what the person showed who they are. One with a second factor shows that, not the password."""
    session, actor, now = current.session, current.actor, current.now
    ways = _ways()
    if form.answer.data:
        service.check_key(session, user_id=actor.require_id(), answer=form.answer.data, site=relying(), now=now)
        return "passkey"
    if ways.held.any:
        return service.check_code(
            session,
            user_id=actor.require_id(),
            code=form.code.data or "",
            secret_key=current.settings.secret_key,
            remote=actor.remote,
            now=now,
        )
    service.prove_again(session, actor=actor, password=form.password.data or "", now=now)
    return "password"


def _ways() -> Ways:
    return service.ways(current.session, current.actor.require_id(), site=relying(), now=current.now)


def _page(form: ProofForm, *, files: bool = False, problem: str = "") -> str:
    own = {"csrf_token", *(field.name for field in form)}
    kept = (
        [(name, value) for name, value in request.form.items(multi=True) if name not in own] if form.sent.data else []
    )
    return page("accounts/again.html", form=form, ways=_ways(), kept=kept, files=files, problem=problem)


def _came_from() -> str:
    came = urlsplit(request.referrer or "")
    here = came.netloc == request.host
    return local_path(came.path + (f"?{came.query}" if came.query else "")) if here else "/"
