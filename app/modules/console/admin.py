"""The installation's console: every tenant, founded, watched, suspended, closed."""

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.pagination import Page
from app.modules.console import errors, queries, service
from app.modules.console.forms import CloseForm, FoundForm, HostForm, ReasonForm, settle, text
from app.modules.console.forms_words import FEATURES, HOST_KINDS, LACKING, STATUS
from app.modules.console.permissions import POLICY, Perm
from app.web import access
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page
from tenants.settings import FeatureName

pages = Blueprint("console", __name__, url_prefix="/tenants")
RUN = requires(Perm.RUN_INSTALLATION, POLICY)


@pages.get("")
@RUN
def index() -> ResponseReturnValue:
    """List tenants with what they lack."""
    search, status = request.args.get("q", "").strip()[:100], request.args.get("status", "")
    wanted = status if status in STATUS else ""
    part = Page.numbered(request.args.get("page", 1, type=int), limit=25)
    return page(
        "console/tenants.html",
        found=queries.entries(search=search, status=wanted, page=part),
        counts=queries.counts(),
        statuses=STATUS,
        lacking=LACKING,
        search=search,
        status=wanted,
        page_url=lambda number: url_for("console.index", q=search or None, status=wanted or None, page=number),
    )


@pages.get("/new")
@RUN
def new() -> ResponseReturnValue:
    """Show the form that founds a tenant."""
    return page("console/new.html", form=FoundForm(), base_domain=current.settings.base_domain)


@pages.post("/new")
@RUN
def found() -> ResponseReturnValue:
    """Found a tenant and invite its administrator."""
    form = FoundForm()
    if not form.validate():
        return page("console/new.html", form=form, base_domain=current.settings.base_domain), 422
    slug, email = text(form.slug), text(form.admin_email)
    try:
        site = service.found_site(
            current.session,
            actor=current.actor,
            slug=slug,
            name=text(form.name),
            host=text(form.host) or f"{slug}.{current.settings.base_domain}",
            branding={"pack": form.pack.data},
            settings={},
            now=current.now,
        )
    except errors.BadSite as refused:
        form.take(refused)
        return page("console/new.html", form=form, base_domain=current.settings.base_domain), 422
    service.invite_administrator(site, email=email, name=text(form.admin_name), now=current.now)
    flash(_("%(name)s is founded. %(email)s is invited to administer it.", name=site.name, email=email), "ok")
    return redirect(url_for("console.show", slug=slug), 303)


@pages.get("/<slug>")
@RUN
def show(slug: str) -> ResponseReturnValue:
    """Show one tenant."""
    return _tenant(slug)


@pages.post("/<slug>/suspend")
@RUN
def suspend(slug: str) -> ResponseReturnValue:
    """Answer the tenant's visitors with its 503 page."""
    form = ReasonForm()
    if not form.validate():
        return _tenant(slug, suspending=form), 422
    service.suspend(current.session, actor=current.actor, slug=slug, reason=text(form.reason), now=current.now)
    flash(_("The tenant is suspended. Its visitors see that the site is paused."), "ok")
    return redirect(url_for("console.show", slug=slug), 303)


@pages.post("/<slug>/reactivate")
@RUN
def reactivate(slug: str) -> ResponseReturnValue:
    """Serve the tenant again."""
    service.reactivate(current.session, actor=current.actor, slug=slug, now=current.now)
    flash(_("The tenant is active again."), "ok")
    return redirect(url_for("console.show", slug=slug), 303)


@pages.post("/<slug>/close")
@RUN
def close(slug: str) -> ResponseReturnValue:
    """Close the tenant for good, once its short name is typed."""
    form = CloseForm()
    if not form.validate():
        return _tenant(slug, closing=form), 422
    typed, reason = text(form.typed), text(form.why)
    try:
        service.close(current.session, actor=current.actor, slug=slug, typed=typed, reason=reason, now=current.now)
    except errors.BadSite as refused:
        form.take(refused)
        return _tenant(slug, closing=form), 422
    flash(_("The tenant is closed. Its hosts answer no more; its data is kept."), "ok")
    return redirect(url_for("console.index"), 303)


@pages.post("/<slug>/hosts")
@RUN
@fresh
def add_host(slug: str) -> ResponseReturnValue:
    """Give the tenant another host."""
    form = HostForm()
    if not form.validate():
        return _tenant(slug, adding=form), 422
    try:
        service.add_host(
            current.session, actor=current.actor, slug=slug, host=text(form.host), kind=form.kind.data, now=current.now
        )
    except errors.BadSite as refused:
        form.take(refused)
        return _tenant(slug, adding=form), 422
    flash(_("The host is added."), "ok")
    return redirect(url_for("console.show", slug=slug), 303)


@pages.post("/<slug>/features/<name>/<any(on, off):state>")
@RUN
def switch(slug: str, name: str, state: str) -> ResponseReturnValue:
    """Switch one of the tenant's features."""
    feature = chosen_feature(name)
    service.switch_for(
        current.session, actor=current.actor, slug=slug, feature=feature, on=state == "on", now=current.now
    )
    flash(_("The feature is switched."), "ok")
    return redirect(url_for("console.show", slug=slug), 303)


def chosen_feature(name: str) -> FeatureName:
    """Return the feature of this name. Raises UnknownSite for one that this installation doesn't have."""
    if name not in present_features():
        raise errors.UnknownSite
    return FeatureName(name)


def present_features() -> list[FeatureName]:
    """Return the features this installation has pages for: a switch without effect is not offered."""
    views = current_app.view_functions.values()
    used = {access.feature_of(view) for view in views} | {FeatureName.ESCROW}
    return [feature for feature in FeatureName if feature in used]


def _tenant(
    slug: str,
    *,
    suspending: ReasonForm | None = None,
    closing: CloseForm | None = None,
    adding: HostForm | None = None,
) -> str:
    entry = queries.entry(slug)
    if entry is None:
        raise errors.UnknownSite
    forms = (
        suspending or ReasonForm(formdata=None),
        closing or CloseForm(formdata=None),
        adding or HostForm(formdata=None),
    )
    for form in forms:
        settle(form)
    return page(
        "console/tenant.html",
        entry=entry,
        hosts=queries.hosts_of(entry.site.id),
        host_kinds=HOST_KINDS,
        statuses=STATUS,
        lacking=LACKING,
        features=[(feature, *FEATURES[feature]) for feature in present_features()],
        address=current.settings.url(entry.site.host),
        suspending=forms[0],
        closing=forms[1],
        adding=forms[2],
    )
