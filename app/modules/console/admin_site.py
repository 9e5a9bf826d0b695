"""A tenant's own settings, brand, features and hosts."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import NotFound
from app.modules.console import errors, queries, service
from app.modules.console.admin import present_features
from app.modules.console.forms import BrandForm, SettingsForm, settle, text
from app.modules.console.forms_words import FEATURES, HOST_KINDS
from app.modules.console.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page
from tenants.settings import FeatureName

pages = Blueprint("site", __name__, url_prefix="/manage/site")
MANAGE = requires(Perm.MANAGE_SITE, POLICY)


@pages.get("")
@MANAGE
def index() -> ResponseReturnValue:
    """Show what the site is set to."""
    values: dict[str, Any] = current.site.settings.model_dump(mode="json")
    values["blocked_countries"] = ", ".join(values["blocked_countries"])
    form = SettingsForm(data={**values, "name": current.site.name}, formdata=None)
    return page("console/settings.html", form=_settled(form), tokens=current.site.settings.payment_tokens)


@pages.post("")
@MANAGE
@fresh  # the treasury and the payment tokens are among it
def save() -> ResponseReturnValue:
    """Change the settings."""
    form = SettingsForm()
    if form.validate():
        try:
            service.change_settings(
                current.session, actor=current.actor, site=current.site, values=form.values(), now=current.now
            )
        except errors.BadSite as refused:
            form.take(refused)
        else:
            service.rename(
                current.session, actor=current.actor, site=current.site, name=text(form.name), now=current.now
            )
            flash(_("The settings are saved."), "ok")
            return redirect(url_for("site.index"), 303)
    return page("console/settings.html", form=_settled(form), tokens=current.site.settings.payment_tokens), 422


@pages.get("/brand")
@MANAGE
def brand() -> ResponseReturnValue:
    """Show how the site looks."""
    form = BrandForm(data=current.site.branding.model_dump(mode="json"), formdata=None)
    return page("console/brand.html", form=_settled(form))


@pages.post("/brand")
@MANAGE
def save_brand() -> ResponseReturnValue:
    """Change how the site looks; the next page shows it."""
    form = BrandForm()
    if form.validate():
        try:
            service.change_branding(
                current.session, actor=current.actor, site=current.site, values=form.values(), now=current.now
            )
        except errors.BadSite as refused:
            form.take(refused)
        else:
            flash(_("The look is saved."), "ok")
            return redirect(url_for("site.brand"), 303)
    return page("console/brand.html", form=_settled(form)), 422


@pages.get("/features")
@MANAGE
def features() -> ResponseReturnValue:
    """Show what is switched on."""
    return page("console/features.html", features=[(one, *FEATURES[one]) for one in present_features()])


@pages.post("/features/<name>/<any(on, off):state>")
@MANAGE
def switch(name: str, state: str) -> ResponseReturnValue:
    """Switch a feature on or off."""
    if name not in present_features():
        raise NotFound
    service.switch(
        current.session,
        actor=current.actor,
        site=current.site,
        feature=FeatureName(name),
        on=state == "on",
        now=current.now,
    )
    flash(_("The feature is switched."), "ok")
    return redirect(url_for("site.features"), 303)


@pages.get("/hosts")
@MANAGE
def hosts() -> ResponseReturnValue:
    """List the hosts this site answers on."""
    return page("console/hosts.html", hosts=queries.hosts_of(current.site.id), host_kinds=HOST_KINDS)


def _settled(form: Any) -> Any:
    settle(form)
    return form
