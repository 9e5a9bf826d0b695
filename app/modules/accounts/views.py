"""The entrance: register, confirm, sign in and out, choose a new password."""

from typing import Any, cast

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from app.core.errors import NotFound
from app.modules.accounts import errors, rules, service
from app.modules.accounts.forms import (
    ChoosePasswordForm,
    ConfirmForm,
    EmailForm,
    RegisterForm,
    SignInForm,
    text,
)
from app.modules.accounts.service import Person
from app.modules.accounts.views_session import known_device, let_in, logins, relying, remember_device, session_token
from app.modules.factors import service as factors
from app.web import entrance, ways
from app.web.access import counted, public
from app.web.current import current
from app.web.i18n import local_path
from app.web.theming import page

pages = Blueprint("accounts", __name__)


pages.record_once(lambda state: logins.init_app(cast(Flask, state.app)))


@pages.get("/register")
@public
def register() -> ResponseReturnValue:
    """Show the form that opens an account."""
    _not_on_the_console()
    return page("accounts/register.html", form=RegisterForm())


@pages.post("/register")
@public
def send_register() -> ResponseReturnValue:
    """Open an account; the answer is the same for known and unknown addresses."""
    _not_on_the_console()
    form = RegisterForm()
    form.about = (current.site.name,)
    if not form.validate():
        return page("accounts/register.html", form=form), 422
    service.register(
        current.session,
        name=text(form.name),
        email=text(form.email),
        password=form.password.data or "",
        country=form.country.data,
        locale=str(get_locale()),
        remote=current.actor.remote,
        now=current.now,
    )
    return redirect(url_for("accounts.check_mail"), 303)


@pages.get("/verify")
@public
def check_mail() -> ResponseReturnValue:
    """Say that a link was mailed, and offer another one."""
    return page("accounts/check_mail.html", form=EmailForm(formdata=None), local_outbox=_local_outbox())


@pages.post("/verify")
@public
def resend() -> ResponseReturnValue:
    """Have another link mailed."""
    form = EmailForm()
    if not form.validate():
        return page("accounts/check_mail.html", form=form, local_outbox=_local_outbox()), 422
    service.request_verification(current.session, email=text(form.email), remote=current.actor.remote, now=current.now)
    return redirect(url_for("accounts.check_mail"), 303)


@pages.get("/verify/<token>")
@public
@counted
def confirm(token: str) -> ResponseReturnValue:
    """Ask for one more press: programs that look into mails open links, but send no forms."""
    try:
        who = _holder(rules.VERIFY, token)
    except errors.LinkUnusable:
        return page("accounts/link_unusable.html", form=EmailForm(formdata=None), kind=rules.VERIFY), 404
    return page("accounts/confirm.html", form=ConfirmForm(), who=who)


@pages.post("/verify/<token>")
@public
def send_confirm(token: str) -> ResponseReturnValue:
    """Confirm the address and let its owner in."""
    try:
        who = service.confirm_email(current.session, token=token, **_link_terms())
    except errors.LinkUnusable:
        return page("accounts/link_unusable.html", form=EmailForm(formdata=None), kind=rules.VERIFY), 404
    return let_in(who, "/", how="link")


@pages.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the sign-in form; whoever is signed in goes on at once."""
    goal = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(goal, 303)
    refused = _("This passkey wasn’t accepted here. Try it again, or use another way.")
    problem = refused if request.args.get("passkey") == "refused" else ""
    return _login(SignInForm(data={"next": goal}, formdata=None), problem)


@pages.post("/login")
@public
def send_login() -> ResponseReturnValue:
    """Check the password and let the person in, with a fresh session."""
    form = SignInForm()
    if not form.validate():
        return _login(form), 422
    try:
        entered = service.sign_in(
            current.session,
            email=text(form.email),
            password=form.password.data or "",
            remote=current.actor.remote,
            agent=request.user_agent.string,
            device=known_device(text(form.email)),
            replaces=session_token(),
            now=current.now,
        )
    except errors.NotVerifiedYet:
        return redirect(url_for("accounts.check_mail"), 303)
    except errors.TooManyAttempts as refused:
        words = _("Too many attempts. Wait a quarter of an hour, or choose a new password.")
        return _login(form, words), 429, {"Retry-After": str(refused.retry_after)}
    except errors.WrongPassword as refused:
        return _login(form, _mismatch(refused.left)), 422
    except errors.AccountSuspended:
        return _login(form, _suspended()), 422
    goal = entered.way(local_path(form.next.data))
    return remember_device(entrance.carry(entered.token, goal, locale=entered.who.locale), entered.who.email)


@pages.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """End this session, and lead on to whoever else has one to end."""
    answer = ways.farewell(current.session, session_token()) or redirect("/", 303)
    service.sign_out(current.session, actor=current.actor, token=session_token(), now=current.now)
    return entrance.take_back(answer)


@pages.get("/forgot")
@public
def forgot() -> ResponseReturnValue:
    """Show the form that asks for a new password."""
    return page("accounts/forgot.html", form=EmailForm(formdata=None), sent=False, local_outbox=_local_outbox())


@pages.post("/forgot")
@public
def send_forgot() -> ResponseReturnValue:
    """Have a link mailed; the answer is the same for known and unknown addresses."""
    form = EmailForm()
    if not form.validate():
        return page("accounts/forgot.html", form=form, sent=False, local_outbox=_local_outbox()), 422
    service.request_reset(current.session, email=text(form.email), remote=current.actor.remote, now=current.now)
    return page("accounts/forgot.html", form=form, sent=True, local_outbox=_local_outbox())


@pages.get("/reset/<token>")
@public
@counted
def reset(token: str) -> ResponseReturnValue:
    """Show the form for a new password."""
    return _choose(rules.RESET, token)


@pages.post("/reset/<token>")
@public
def send_reset(token: str) -> ResponseReturnValue:
    """Set the new password."""
    return _chosen(rules.RESET, token)


@pages.get("/invitation/<token>")
@public
@counted
def invitation(token: str) -> ResponseReturnValue:
    """Welcome somebody who was invited and ask for a password."""
    return _choose(rules.INVITE, token)


@pages.post("/invitation/<token>")
@public
def send_invitation(token: str) -> ResponseReturnValue:
    """Set the first password."""
    return _chosen(rules.INVITE, token)


def _choose(kind: str, token: str) -> ResponseReturnValue:
    try:
        who = _holder(kind, token)
    except errors.LinkUnusable:
        return page("accounts/link_unusable.html", form=EmailForm(formdata=None), kind=kind), 404
    return page("accounts/choose_password.html", form=ChoosePasswordForm(), who=who, kind=kind)


def _chosen(kind: str, token: str) -> ResponseReturnValue:
    form = ChoosePasswordForm()
    try:
        who = _holder(kind, token)
        form.about = (who.name, who.email, current.site.name)
        if not form.validate():
            return page("accounts/choose_password.html", form=form, who=who, kind=kind), 422
        service.choose_password(
            current.session, kind=kind, token=token, password=form.password.data or "", **_link_terms()
        )
    except errors.LinkUnusable:
        return page("accounts/link_unusable.html", form=EmailForm(formdata=None), kind=kind), 404
    return let_in(who, "/", how="link")


def _login(form: SignInForm, problem: str = "") -> str:
    ask = factors.to_ask(current.session, user_id=None, site=relying(), now=current.now)
    return page("accounts/login.html", form=form, problem=problem, passkey=ask)


def _not_on_the_console() -> None:
    if current.site.is_installation:
        raise NotFound


def _holder(kind: str, token: str) -> Person:
    secret_key = current.settings.secret_key
    return service.holder_of_link(current.session, kind=kind, token=token, secret_key=secret_key, now=current.now)


def _link_terms() -> dict[str, Any]:
    return {"secret_key": current.settings.secret_key, "remote": current.actor.remote, "now": current.now}


def _local_outbox() -> bool:
    """Tell whether mails of this installation are read on a page of its own instead of being sent."""
    return current.settings.mail == "outbox"


def _mismatch(left: int) -> str:
    if left > 2:
        return str(_("E-mail and password don’t match."))
    if left == 0:
        return str(_("E-mail and password don’t match. Wait a quarter of an hour, or choose a new password."))
    return str(
        ngettext(
            "E-mail and password don’t match. One attempt is left before a pause of 15 minutes.",
            "E-mail and password don’t match. %(num)s attempts are left before a pause of 15 minutes.",
            left,
        )
    )


def _suspended() -> str:
    address = current.site.settings.contact_email
    return str(_("This account is suspended. Write to %(address)s if you think it is a mistake.", address=address))
