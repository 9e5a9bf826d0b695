"""A person's own account: profile, password, sessions."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import errors, queries, rules, service
from app.modules.accounts.forms import ChangePasswordForm, ProfileForm, text
from app.modules.accounts.models import UserSession
from app.modules.accounts.views_session import session_token
from app.web import entrance
from app.web.access import signed_in
from app.web.current import current
from app.web.i18n import keep_choice
from app.web.theming import page

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Show the profile."""
    who = service.person(current.session, current.actor.require_id())
    form = ProfileForm(obj=who, formdata=None, languages=list(current.site.settings.languages))
    return page("accounts/profile.html", form=form, who=who)


@pages.post("")
@signed_in
def save() -> ResponseReturnValue:
    """Change the profile; the language takes effect at once."""
    form = ProfileForm(languages=list(current.site.settings.languages))
    if not form.validate():
        who = service.person(current.session, current.actor.require_id())
        return page("accounts/profile.html", form=form, who=who), 422
    service.update_profile(
        current.session,
        actor=current.actor,
        name=text(form.name),
        country=form.country.data,
        locale=form.locale.data,
        now=current.now,
    )
    flash(_("Your profile is saved."), "ok")
    answer = redirect(url_for("account.index"), 303)
    keep_choice(answer, "lang", form.locale.data, secure=current.settings.secure)
    return answer


@pages.get("/password")
@signed_in
def password() -> ResponseReturnValue:
    """Show the form that changes the password."""
    return page("accounts/password.html", form=ChangePasswordForm())


@pages.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Change the password; other sessions end."""
    form, actor = ChangePasswordForm(), current.actor
    form.about = (actor.name, actor.email, current.site.name)
    if not form.validate():
        return page("accounts/password.html", form=form), 422
    try:
        token = service.change_password(
            current.session,
            actor=actor,
            current=form.current.data or "",
            new=form.password.data or "",
            keep=session_token() or "",
            now=current.now,
        )
    except errors.WrongPassword:
        form.current.errors = [_("This is not your current password.")]
        return page("accounts/password.html", form=form), 422
    except errors.TooManyAttempts as refused:
        form.current.errors = [_("Too many attempts. Wait a quarter of an hour, or choose a new password.")]
        return page("accounts/password.html", form=form), 429, {"Retry-After": str(refused.retry_after)}
    flash(_("Your password is changed. Every other session has ended."), "ok")
    answer = redirect(url_for("account.sessions"), 303)
    entrance.give(answer, token)
    return answer


@pages.get("/sessions")
@signed_in
def sessions() -> ResponseReturnValue:
    """List where the person is signed in."""
    mine = queries.sessions_of(current.session, current.actor.require_id())
    alive = [one for one in mine if _is_alive(one)]
    return page("accounts/sessions.html", sessions=alive, device=rules.device, here=rules.digest(session_token() or ""))


@pages.post("/sessions/<uuid:session_id>/end")
@signed_in
def end(session_id: UUID) -> ResponseReturnValue:
    """End one of the person's other sessions."""
    service.end_sessions(
        current.session, actor=current.actor, session_id=session_id, keep=session_token() or "", now=current.now
    )
    flash(_("That session has ended."), "ok")
    return redirect(url_for("account.sessions"), 303)


@pages.post("/sessions/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    """End every session but this one."""
    service.end_sessions(current.session, actor=current.actor, keep=session_token() or "", now=current.now)
    flash(_("Every other session has ended."), "ok")
    return redirect(url_for("account.sessions"), 303)


def _is_alive(one: UserSession) -> bool:
    idle = current.site.settings.idle_minutes
    return rules.is_alive(one.created_at, one.last_seen_at, current.actor.roles, current.now, idle)
