"""The back office's sign-in by others: providers, and issuers of tokens for the JSON door."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import NotFound
from app.modules.federation import queries, rules, service
from app.modules.federation.errors import BadProvider
from app.modules.federation.forms import PRESETS, IssuerForm, ProviderForm
from app.modules.federation.models import IdentityProvider, JwtIssuer
from app.modules.federation.permissions import POLICY, Perm
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("federation_admin", __name__, url_prefix="/manage/sign-in")
MANAGE = requires(Perm.MANAGE, POLICY)


@pages.get("")
@MANAGE
def index() -> ResponseReturnValue:
    """List providers and issuers."""
    return page(
        "federation/index.html",
        providers=queries.providers(current.session),
        people=queries.connected_people(current.session),
        issuers=queries.issuers(current.session),
        presets=PRESETS,
    )


@pages.get("/providers/new/<preset>")
@MANAGE
def new(preset: str) -> ResponseReturnValue:
    """Show the form for a provider of this kind."""
    return _provider_page(ProviderForm(formdata=None, preset=_known(preset), data=_suggested(preset)), None)


@pages.post("/providers/new/<preset>")
@MANAGE
@fresh
def add(preset: str) -> ResponseReturnValue:
    """Add a provider; it is looked at right away."""
    form = ProviderForm(preset=_known(preset))
    if not form.validate():
        return _provider_page(form, None), 422
    made = service.add_provider(
        current.session,
        actor=current.actor,
        terms=form.terms(),
        secret_key=current.settings.secret_key,
        now=current.now,
    )
    flash(_("%(name)s is added. It is being asked for its keys.", name=made.name), "ok")
    return redirect(url_for("federation_admin.show", provider_id=made.id), 303)


@pages.get("/providers/<uuid:provider_id>")
@MANAGE
def show(provider_id: UUID) -> ResponseReturnValue:
    """Show a provider, how its last test went, and the form that changes it."""
    provider = queries.provider(current.session, provider_id)
    names = ("issuer", "client_id", "scopes", "opens_accounts")
    form = ProviderForm(formdata=None, preset=provider.preset, data=_kept(provider, *names))
    return _provider_page(form, provider)


@pages.post("/providers/<uuid:provider_id>")
@MANAGE
@fresh
def change(provider_id: UUID) -> ResponseReturnValue:
    """Change a provider."""
    provider = queries.provider(current.session, provider_id)
    form = ProviderForm(preset=provider.preset)
    if not form.validate():
        return _provider_page(form, provider), 422
    try:
        service.change_provider(
            current.session,
            actor=current.actor,
            provider_id=provider_id,
            terms=form.terms(),
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    except BadProvider as refused:
        form.issuer.errors = [_(refused.fields["issuer"])]
        return _provider_page(form, provider), 422
    flash(_("The provider is saved. It is being asked for its keys."), "ok")
    return redirect(url_for("federation_admin.show", provider_id=provider_id), 303)


@pages.post("/providers/<uuid:provider_id>/test")
@MANAGE
def test(provider_id: UUID) -> ResponseReturnValue:
    """Have the provider asked for its document and keys now."""
    service.ask_look(current.session, actor=current.actor, provider_id=provider_id)
    flash(_("The provider is being asked. Load the page again in a few seconds."), "ok")
    return redirect(url_for("federation_admin.show", provider_id=provider_id), 303)


@pages.post("/providers/<uuid:provider_id>/<any(on, off):state>")
@MANAGE
@fresh
def switch(provider_id: UUID, state: str) -> ResponseReturnValue:
    """Offer a provider on the sign-in page, or no longer."""
    service.switch_provider(
        current.session, actor=current.actor, provider_id=provider_id, on=state == "on", now=current.now
    )
    flash(_("The sign-in page shows it from now on.") if state == "on" else _("It is switched off."), "ok")
    return redirect(url_for("federation_admin.show", provider_id=provider_id), 303)


@pages.post("/providers/<uuid:provider_id>/remove")
@MANAGE
@fresh
def remove(provider_id: UUID) -> ResponseReturnValue:
    """Remove a provider with everybody's connections."""
    service.remove_provider(current.session, actor=current.actor, provider_id=provider_id, now=current.now)
    flash(_("The provider is removed."), "ok")
    return redirect(url_for("federation_admin.index"), 303)


@pages.get("/issuers/new")
@MANAGE
def new_issuer() -> ResponseReturnValue:
    """Show the form for an issuer of tokens."""
    return _issuer_page(IssuerForm(formdata=None), None)


@pages.post("/issuers/new")
@MANAGE
@fresh
def add_issuer() -> ResponseReturnValue:
    """Add an issuer."""
    return _save_issuer(None)


@pages.get("/issuers/<uuid:issuer_id>")
@MANAGE
def show_issuer(issuer_id: UUID) -> ResponseReturnValue:
    """Show an issuer and the form that changes it."""
    issuer = queries.issuer(current.session, issuer_id)
    data = _kept(issuer, "issuer", "audience", "keys_url", "email_claim")
    if not issuer.keys_url:
        data["keys_text"] = rules.written_keys(issuer.keys)
    return _issuer_page(IssuerForm(formdata=None, data=data), issuer)


@pages.post("/issuers/<uuid:issuer_id>")
@MANAGE
@fresh
def change_issuer(issuer_id: UUID) -> ResponseReturnValue:
    """Change an issuer."""
    return _save_issuer(issuer_id)


@pages.post("/issuers/<uuid:issuer_id>/<any(on, off):state>")
@MANAGE
@fresh
def switch_issuer(issuer_id: UUID, state: str) -> ResponseReturnValue:
    """Take an issuer's tokens, or no longer."""
    service.switch_issuer(current.session, actor=current.actor, issuer_id=issuer_id, on=state == "on", now=current.now)
    flash(_("Its tokens are taken from now on.") if state == "on" else _("It is switched off."), "ok")
    return redirect(url_for("federation_admin.show_issuer", issuer_id=issuer_id), 303)


@pages.post("/issuers/<uuid:issuer_id>/remove")
@MANAGE
@fresh
def remove_issuer(issuer_id: UUID) -> ResponseReturnValue:
    """Remove an issuer."""
    service.remove_issuer(current.session, actor=current.actor, issuer_id=issuer_id, now=current.now)
    flash(_("The issuer is removed."), "ok")
    return redirect(url_for("federation_admin.index"), 303)


def _save_issuer(issuer_id: UUID | None) -> ResponseReturnValue:
    issuer = queries.issuer(current.session, issuer_id) if issuer_id else None
    form = IssuerForm()
    if not form.validate():
        return _issuer_page(form, issuer), 422
    what: dict[str, Any] = {"actor": current.actor, "terms": form.terms(), "now": current.now}
    try:
        if issuer is None:
            issuer = service.add_issuer(current.session, **what)
        else:
            service.change_issuer(current.session, issuer_id=issuer.id, **what)
    except BadProvider as refused:
        form.issuer.errors = [_(refused.fields["issuer"])]
        return _issuer_page(form, issuer), 422
    flash(_("The issuer is saved."), "ok")
    return redirect(url_for("federation_admin.show_issuer", issuer_id=issuer.id), 303)


def _provider_page(form: ProviderForm, provider: IdentityProvider | None) -> str:
    slug = provider.slug if provider else rules.slug_for(form.name.data or "", queries.slugs(current.session))
    settings, host = current.settings, current.site.host
    back = settings.url(host, url_for("federation.come_back", slug=slug)) if provider or form.name.data else ""
    return page(
        "federation/provider.html",
        form=form,
        provider=provider,
        preset=form.preset,
        preset_name=PRESETS[form.preset],
        back=back,
        out=back and settings.url(host, url_for("federation.left", slug=slug)),
        told=back and settings.url(host, url_for("federation_api.logout", slug=slug)),
        own=request.path,
        trouble=_said(provider),
    )


def _issuer_page(form: IssuerForm, issuer: JwtIssuer | None) -> str:
    return page("federation/issuer.html", form=form, issuer=issuer, trouble=_said(issuer))


def _said(row: IdentityProvider | JwtIssuer | None) -> str:
    """Return what the last look ended in. Plain text: others' words stand in it, no template may take it for markup."""
    return str(_(row.trouble)) if row is not None and row.trouble else ""


def _kept(row: IdentityProvider | JwtIssuer, *names: str) -> dict[str, Any]:
    """Return a row's values as its form has them."""
    every = ("name", "role_claim", "trusts_email", "makes_admins", *names)
    return {"role_map": rules.written_role_map(row.role_map), **{name: getattr(row, name) for name in every}}


def _known(preset: str) -> str:
    if preset not in PRESETS:
        raise NotFound
    return preset


def _suggested(preset: str) -> dict[str, Any]:
    """Return what a new provider of this kind begins with."""
    names = {"google": "Google", "microsoft": "Microsoft", "auth0": "", "keycloak": "", "other": ""}
    return {"name": names[preset], "trusts_email": preset == "microsoft"}
