"""API access in the account: keys, and programs that are signed in."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.scopes import Scope
from app.modules.tokens import queries, service
from app.modules.tokens.forms import SCOPES, KeyForm
from app.web.access import fresh, signed_in
from app.web.current import current
from app.web.theming import page

pages = Blueprint("keys", __name__, url_prefix="/account/keys")


@pages.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List keys and programs, with the form of a new key."""
    return _page(KeyForm(formdata=None, actor=current.actor, data={"scopes": [Scope.READ.value], "days": "90"}))


@pages.post("")
@signed_in
@fresh
def make() -> ResponseReturnValue:
    """Make a key and show it, this once."""
    form = KeyForm(actor=current.actor)
    if not form.validate():
        return _page(form), 422
    record, whole = service.make_key(
        current.session,
        actor=current.actor,
        name=(form.name.data or "").strip(),
        scopes=[Scope(name) for name in form.scopes.data or ()],
        expires_at=form.expires_at(current.now),
        now=current.now,
    )
    return page("tokens/made.html", key=record, whole=whole)


@pages.post("/<uuid:key_id>/revoke")
@signed_in
@fresh
def revoke(key_id: UUID) -> ResponseReturnValue:
    """Revoke a key."""
    service.revoke_key(current.session, actor=current.actor, key_id=key_id, now=current.now)
    flash(_("The key is revoked. Programs that use it are refused from now on."), "ok")
    return redirect(url_for("keys.index"), 303)


@pages.post("/programs/<uuid:program_id>/end")
@signed_in
def end(program_id: UUID) -> ResponseReturnValue:
    """Sign a program out."""
    service.end(current.session, actor=current.actor, family_id=program_id, now=current.now, why="ended by its person")
    flash(_("The program is signed out."), "ok")
    return redirect(url_for("keys.index"), 303)


def _page(form: KeyForm) -> str:
    user_id = current.actor.require_id()
    return page(
        "tokens/index.html",
        form=form,
        keys=queries.keys_of(current.session, user_id),
        programs=queries.families_of(current.session, user_id, current.now),
        scopes={scope.value: words for scope, words in SCOPES.items()},
    )
