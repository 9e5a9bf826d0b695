"""A person's security page: how they sign in, what happened lately, and changing it. Each change asks for a proof."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import errors, service
from app.modules.accounts.forms import text
from app.modules.accounts.forms_factors import AppForm, PasskeyForm, PasskeyNameForm
from app.modules.accounts.forms_words import acts
from app.modules.accounts.views_factors import app_picture, code_problem, new_key
from app.modules.accounts.views_session import relying, session_token
from app.modules.audit import service as audit
from app.modules.factors import service as factors
from app.modules.factors.errors import WrongCode
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.theming import page

pages = Blueprint("security", __name__, url_prefix="/account/security")


@pages.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Show how the person signs in, and what was done to the account lately."""
    return _index()


def _index(refused: UUID | None = None, form: PasskeyNameForm | None = None) -> str:
    """Show the page; the name that was typed for the passkey `refused` stands in its `form`."""
    user_id = current.actor.require_id()
    return page(
        "accounts/security.html",
        ways=service.ways(current.session, user_id, site=relying(), now=current.now),
        keys=factors.keys(current.session, user_id, host=current.site.host),
        required=bool({role.value for role in current.actor.roles} & set(current.site.settings.second_factor_roles)),
        events=audit.about(current.session, "user", user_id, limit=12),
        acts=acts(),
        email=current.actor.email,
        refused=refused,
        form=form,
    )


@pages.get("/app")
@signed_in
@fresh
def app() -> ResponseReturnValue:
    """Show the secret for an app, as a picture and in letters."""
    return _app(AppForm(formdata=None))


@pages.post("/app")
@signed_in
@fresh
def add_app() -> ResponseReturnValue:
    """Take the first code of an app; the recovery codes follow, if this is the first factor."""
    form = AppForm()
    if not form.validate():
        return _app(form), 422
    try:
        codes = service.add_app(
            current.session,
            actor=current.actor,
            code=form.code.data or "",
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    except (WrongCode, errors.TooManyAttempts) as refused:
        form.code.errors = [code_problem()]
        return _app(form), refused.status
    return _added(codes, _("Your app is set up. From now on we ask for its code when you sign in."))


@pages.post("/app/remove")
@signed_in
@fresh
def remove_app() -> ResponseReturnValue:
    """Forget the app."""
    service.remove_app(current.session, actor=current.actor, keep=session_token() or "", now=current.now)
    flash(_("The app is removed. Every other session has ended."), "ok")
    return redirect(url_for("security.index"), 303)


@pages.get("/passkeys")
@signed_in
@fresh
def passkeys() -> ResponseReturnValue:
    """Offer to make a passkey on this device."""
    return _passkey(PasskeyForm(formdata=None))


@pages.post("/passkeys")
@signed_in
@fresh
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    form = PasskeyForm()
    codes = new_key(form, current.actor) if form.validate() else None
    if codes is None:
        return _passkey(form), 422
    return _added(codes, _("The passkey «%(name)s» is ready.", name=text(form.name)))


@pages.post("/passkeys/<uuid:passkey_id>/name")
@signed_in
@fresh
def rename_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Call a passkey otherwise."""
    form = PasskeyNameForm()
    if not form.validate():
        return _index(passkey_id, form), 422
    name = text(form.name)
    service.rename_key(current.session, actor=current.actor, passkey_id=passkey_id, name=name, now=current.now)
    flash(_("The name is saved."), "ok")
    return redirect(url_for("security.index"), 303)


@pages.post("/passkeys/<uuid:passkey_id>/remove")
@signed_in
@fresh
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Forget a passkey."""
    service.remove_key(
        current.session,
        actor=current.actor,
        passkey_id=passkey_id,
        keep=session_token() or "",
        now=current.now,
    )
    flash(_("The passkey is removed. Every other session has ended."), "ok")
    return redirect(url_for("security.index"), 303)


@pages.post("/codes")
@signed_in
@fresh
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them: this answer is the only one that does, so nothing leads on from it."""
    codes = service.renew_codes(current.session, actor=current.actor, now=current.now)
    return page("accounts/codes.html", codes=codes, goal=url_for("security.index"), plain=False)


def _app(form: AppForm) -> str:
    secret = factors.begin_totp(
        current.session,
        user_id=current.actor.require_id(),
        secret_key=current.settings.secret_key,
        now=current.now,
    )
    return page("accounts/app.html", form=form, secret=secret, picture=app_picture(secret, current.actor.email))


def _passkey(form: PasskeyForm) -> str:
    actor = current.actor
    ask = factors.to_register(
        current.session,
        user_id=actor.require_id(),
        email=actor.email,
        name=actor.name,
        site=relying(),
        now=current.now,
    )
    return page("accounts/passkey.html", form=form, ask=ask)


def _added(codes: list[str], words: str) -> ResponseReturnValue:
    if codes:
        return page("accounts/codes.html", codes=codes, goal=url_for("security.index"), plain=False)
    flash(words, "ok")
    return redirect(url_for("security.index"), 303)
