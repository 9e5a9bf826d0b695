"""Another e-mail address: asked for in the account, confirmed from the new address, stopped from the old one."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import errors, rules, service
from app.modules.accounts.forms import ConfirmForm, EmailForm, text
from app.modules.accounts.forms_factors import NewEmailForm
from app.web.access import counted, fresh, public, signed_in
from app.web.current import current
from app.web.theming import page

pages = Blueprint("email", __name__)


@pages.get("/account/email")
@signed_in
@fresh
def index() -> ResponseReturnValue:
    """Show the form that asks for another address."""
    return page("accounts/email.html", form=NewEmailForm(formdata=None), sent=False, email=current.actor.email)


@pages.post("/account/email")
@signed_in
@fresh
def send() -> ResponseReturnValue:
    """Have the links mailed; the answer is the same for addresses that somebody has and others."""
    form = NewEmailForm()
    if not form.validate():
        return page("accounts/email.html", form=form, sent=False, email=current.actor.email), 422
    service.request_email(current.session, actor=current.actor, email=text(form.email), now=current.now)
    return page("accounts/email.html", form=NewEmailForm(formdata=None), sent=True, email=current.actor.email)


@pages.get("/new-address/<token>")
@public
@counted
def confirm(token: str) -> ResponseReturnValue:
    """Ask for one more press, as programs that look into mails send no forms."""
    return _ask(rules.EMAIL, token)


@pages.post("/new-address/<token>")
@public
def send_confirm(token: str) -> ResponseReturnValue:
    """Make the new address the person's own."""
    try:
        service.confirm_new_email(current.session, token=token, **_terms())
    except errors.LinkUnusable:
        return _unusable(rules.EMAIL)
    flash(_("Your address is changed. Sign in with the new one."), "ok")
    return redirect(url_for("accounts.login"), 303)


@pages.get("/keep-address/<token>")
@public
@counted
def keep(token: str) -> ResponseReturnValue:
    """Ask for one more press before the old address is kept."""
    return _ask(rules.KEEP_EMAIL, token)


@pages.post("/keep-address/<token>")
@public
def send_keep(token: str) -> ResponseReturnValue:
    """Keep the old address, or take it back; then a new password is the next thing to choose."""
    try:
        service.keep_email(current.session, token=token, **_terms())
    except errors.LinkUnusable:
        return _unusable(rules.KEEP_EMAIL)
    flash(_("Your account stays with this address. Choose a new password now."), "ok")
    return redirect(url_for("accounts.forgot"), 303)


def _ask(kind: str, token: str) -> ResponseReturnValue:
    try:
        service.holder_of_link(
            current.session, kind=kind, token=token, secret_key=current.settings.secret_key, now=current.now
        )
    except errors.LinkUnusable:
        return _unusable(kind)
    return page("accounts/address.html", form=ConfirmForm(), kind=kind)


def _unusable(kind: str) -> ResponseReturnValue:
    return page("accounts/link_unusable.html", form=EmailForm(formdata=None), kind=kind), 404


def _terms() -> dict[str, Any]:
    return {
        "secret_key": current.settings.secret_key,
        "remote": current.actor.remote,
        "now": current.now,
    }
