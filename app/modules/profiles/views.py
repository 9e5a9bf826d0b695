"""A person's own account: who they are, and in whose name they invest."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.accounts import service as accounts
from app.modules.profiles import forms, rules, service
from app.modules.profiles.errors import BadValues, NoSuchProfile
from app.modules.profiles.forms_words import KINDS
from app.modules.profiles.permissions import POLICY, Perm
from app.web.access import requires
from app.web.countries import codes
from app.web.current import current
from app.web.theming import page

pages = Blueprint("profiles", __name__, url_prefix="/account")
KIND = "any(joint,company,trust)"


@pages.get("/personal")
@requires(Perm.DESCRIBE, POLICY)
def personal() -> ResponseReturnValue:
    """Show what the person said about themselves; at first, what the account says."""
    user_id = current.actor.require_id()
    said = service.personal(current.session, user_id=user_id, secret_key=current.settings.secret_key)
    who = accounts.person(current.session, user_id)
    form = forms.PersonalForm(said=said or {"legal_name": who.name, "country": who.country}, formdata=None)
    return _personal(form)


@pages.post("/personal")
@requires(Perm.DESCRIBE, POLICY)
def describe() -> ResponseReturnValue:
    """Keep it."""
    form = forms.PersonalForm()
    try:
        service.describe(current.session, actor=current.actor, values=form.values(), **_ground())
    except BadValues as refused:
        form.refuse(refused)
        return _personal(form), 422
    flash(_("Your personal data is saved."), "ok")
    return redirect(url_for("profiles.personal"), 303)


@pages.get("/profiles")
@requires(Perm.KEEP, POLICY)
def index() -> ResponseReturnValue:
    """List in whose name the person invests."""
    return page(
        "profiles/index.html",
        own_name=current.actor.name,
        profiles=service.listed(current.session, actor=current.actor),
        named=rules.named,
        kinds=KINDS,
        full=len(service.listed(current.session, actor=current.actor)) >= rules.MOST_PROFILES,
    )


@pages.get(f"/profiles/new/<{KIND}:kind>")
@requires(Perm.KEEP, POLICY)
def new(kind: str) -> ResponseReturnValue:
    """Show an empty profile."""
    return _profile(forms.of_kind(kind, {}), kind, None)


@pages.post(f"/profiles/new/<{KIND}:kind>")
@requires(Perm.KEEP, POLICY)
def add(kind: str) -> ResponseReturnValue:
    """Keep a new profile."""
    form = forms.of_kind(kind, {})
    try:
        service.add(current.session, actor=current.actor, kind=kind, values=form.values(), **_ground())
    except BadValues as refused:
        form.refuse(refused)
        return _profile(form, kind, None), 422
    flash(_("The profile is saved. You can choose it when you invest."), "ok")
    return redirect(url_for("profiles.index"), 303)


@pages.get("/profiles/<uuid:profile_id>")
@requires(Perm.KEEP, POLICY)
def show(profile_id: UUID) -> ResponseReturnValue:
    """Show a profile, to be changed."""
    kind, said = _known(profile_id)
    return _profile(forms.of_kind(kind, said), kind, profile_id)


@pages.post("/profiles/<uuid:profile_id>")
@requires(Perm.KEEP, POLICY)
def change(profile_id: UUID) -> ResponseReturnValue:
    """Change a profile."""
    kind, _said = _known(profile_id)
    form = forms.of_kind(kind, {})
    try:
        service.change(current.session, actor=current.actor, profile_id=profile_id, values=form.values(), **_ground())
    except BadValues as refused:
        form.refuse(refused)
        return _profile(form, kind, profile_id), 422
    flash(_("The profile is saved."), "ok")
    return redirect(url_for("profiles.index"), 303)


@pages.post("/profiles/<uuid:profile_id>/remove")
@requires(Perm.KEEP, POLICY)
def remove(profile_id: UUID) -> ResponseReturnValue:
    """Remove a profile."""
    service.remove(current.session, actor=current.actor, profile_id=profile_id, now=current.now)
    flash(_("The profile is removed. Investments made in its name keep it."), "ok")
    return redirect(url_for("profiles.index"), 303)


def _ground() -> dict[str, Any]:
    return {"countries": codes(), "secret_key": current.settings.secret_key, "now": current.now}


def _known(profile_id: UUID) -> tuple[str, dict[str, Any]]:
    known = service.holder(current.session, actor=current.actor, profile_id=profile_id)
    said = service.details(
        current.session, actor=current.actor, profile_id=profile_id, secret_key=current.settings.secret_key
    )
    return known.kind, said


def _personal(form: forms.PersonalForm) -> str:
    numbers = range(1, rules.MOST_RESIDENCES + 1)
    rows = [[form[f"tax_{number}_{part}"] for part in rules.RESIDENCE] for number in numbers]
    return page("profiles/personal.html", form=form, residences=rows)


def _profile(form: Any, kind: str, profile_id: UUID | None) -> str:
    if kind not in KINDS:
        raise NoSuchProfile
    numbers = range(1, rules.MOST_OWNERS + 1) if kind == "company" else ()
    owners = [[form[f"owner_{number}_{part}"] for part in rules.OWNER] for number in numbers]
    return page(
        "profiles/profile.html",
        form=form,
        kind=kind,
        title=KINDS[kind],
        owners=owners,
        profile_id=profile_id,
        own_name=current.actor.name,
    )
