"""Signing in by a provider: there, back, and what comes next; and a person's own connections."""

import logging
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.core.errors import AppError, NotFound
from app.integrations.oidc import client as oidc
from app.modules.accounts import errors as accounts_errors
from app.modules.accounts import service as accounts
from app.modules.accounts.service import Entered
from app.modules.federation import queries, service
from app.modules.federation.errors import JourneyOver, ProviderRefused
from app.modules.federation.forms import ButtonForm, OpeningForm, ProofForm
from app.modules.federation.service import Here
from app.web import entering, entrance
from app.web.access import bare, counted, fresh, public, signed_in
from app.web.current import current
from app.web.i18n import local_path
from app.web.problems import said
from app.web.theming import page
from app.web.ways import Way
from tenants.service import Site
from tenants.session import tenant_session

log = logging.getLogger("portico.federation")
pages = Blueprint("federation", __name__, url_prefix="/sign-in")
connections = Blueprint("connections", __name__, url_prefix="/account/connections")


def ways(session: Session, _site: Site) -> Sequence[Way]:
    """Return the providers that people can sign in by here."""
    return [
        Way(
            label=_("Continue with %(name)s", name=each.name),
            url=url_for("federation.begin", slug=each.slug, next=local_path(request.args.get("next"))),
            icon="sign-in",
        )
        for each in queries.providers(session, enabled=True)
    ]


@pages.get("/<slug>")
@public
@counted
def begin(slug: str) -> ResponseReturnValue:
    """Lead to the provider. A link, since no form of ours may lead to another site."""
    goal = local_path(request.args.get("next"))
    if request.host.partition(":")[0] != current.site.host:  # the way back is on the site's own host, with its cookie
        own = url_for("federation.begin", slug=slug, next=goal)
        return redirect(current.settings.url(current.site.host, own), 303)
    browser = entering.browser_secret()
    there = service.begin(current.session, slug=slug, browser=browser, goal=goal, back=_back(slug), now=current.now)
    return entering.remember(redirect(there, 303), browser)


@pages.get("/<slug>/return")
@bare
@counted
def come_back(slug: str) -> ResponseReturnValue:
    """Take the provider's answer: claim the journey, ask the provider, keep whom it let in. No transaction waits."""
    if current.site.is_installation:
        raise NotFound
    secret_key = current.settings.secret_key
    try:
        with tenant_session(current.site.id) as session:
            errand = service.claim(
                session,
                slug=slug,
                state=request.args.get("state", ""),
                browser=entering.known_browser(),
                back=_back(slug),
                secret_key=secret_key,
                now=current.now,
            )
    except JourneyOver as over:
        return _refused(over)
    try:
        outcome = service.exchange(errand, request.args, client=oidc.connected(), now=current.now)
    except AppError as refused:
        why = refused.__cause__ or refused
        log.warning("sign-in by %s failed: %s", errand.name, why)
        with tenant_session(current.site.id) as session:
            service.give_up(session, errand=errand, why=str(why), remote=request.remote_addr or "", now=current.now)
        return _refused(refused)
    with tenant_session(current.site.id) as session:
        service.arrive(session, errand=errand, outcome=outcome, secret_key=secret_key, now=current.now)
    return redirect(url_for("federation.arrived"), 303)


def farewell(session: Session, token: str) -> Response | None:
    """Lead somebody who signs out here and came by a provider to the link that signs out there, if it has one."""
    browser = entering.browser_secret()
    return _to_leaving(browser) if service.part(session, token=token, browser=browser, now=current.now) else None


@pages.get("/leaving")
@public
def leaving() -> ResponseReturnValue:
    """Show the link that signs out at the provider too: no form of ours may lead there."""
    settings, known = current.settings, entering.known_browser()
    back = settings.url(current.site.host, "/sign-in/{slug}/signed-out")
    there = service.leaving(current.session, browser=known, back=back, secret_key=settings.secret_key, now=current.now)
    return page("federation/signed_out.html", there=there, done="")


@pages.get("/<slug>/signed-out")
@public
@counted
def left(slug: str) -> ResponseReturnValue:
    """Greet somebody whom the provider has signed out too."""
    state, known = request.args.get("state", ""), entering.known_browser()
    done = service.left(current.session, slug=slug, state=state, browser=known, now=current.now)
    return page("federation/signed_out.html", there=None, done=done)


@pages.get("/arrived")
@public
@counted
def arrived() -> ResponseReturnValue:
    """Let in whom we know; ask whom we don't."""
    try:
        came = _here()
        if came.next == "enter":
            token = _own_token()
            entered = service.enter(
                current.session, came=came, remote=current.actor.remote, agent=_agent(), replaces=token, now=current.now
            )
            return _handed(entered, came.journey.goal)
    except (JourneyOver, accounts_errors.AccountSuspended) as refused:
        return _refused(refused)
    forms = {"confirm": ButtonForm, "prove": ProofForm, "open": OpeningForm}
    known = {"name": came.arrival.name} if came.next == "open" else {}
    form = forms[came.next](formdata=None, data=known) if came.next in forms else None
    return page("federation/arrived.html", came=came, form=form, problem="")


@pages.post("/connect")
@signed_in
@fresh
def connect() -> ResponseReturnValue:
    """Connect the person's account to who came back."""
    came = _here()
    service.connect(current.session, actor=current.actor, came=came, now=current.now)
    flash(_("Your account is connected to %(name)s.", name=came.provider.name), "ok")
    return redirect(url_for("connections.index"), 303)


@pages.post("/prove")
@public
def prove() -> ResponseReturnValue:
    """Take the password of the account that has the same address, once, and connect it."""
    came, form = _here(), ProofForm()
    if not form.validate():
        return page("federation/arrived.html", came=came, form=form, problem=""), 422
    try:
        entered = service.prove(
            current.session,
            came=came,
            password=form.password.data or "",
            remote=current.actor.remote,
            agent=_agent(),
            replaces=_own_token(),
            now=current.now,
        )
    except accounts_errors.NotVerifiedYet:
        return redirect(url_for("accounts.check_mail"), 303)
    except accounts_errors.WrongPassword:
        form.password.errors = [_("This is not the password of the account here.")]
        return page("federation/arrived.html", came=came, form=form, problem=""), 422
    except accounts_errors.TooManyAttempts as refused:
        return page("federation/arrived.html", came=came, form=form, problem=said(refused)), 429
    except accounts_errors.AccountSuspended as refused:
        return _refused(refused)
    waits = entered.way("/") != "/"
    return _handed(entered, url_for("federation.arrived") if waits else came.journey.goal)


@pages.post("/open")
@public
def open_account() -> ResponseReturnValue:
    """Open an account for whom the provider vouches."""
    came, form = _here(), OpeningForm()
    if not form.validate():
        return page("federation/arrived.html", came=came, form=form, problem=""), 422
    entered = service.open_account(
        current.session,
        came=came,
        name=form.name.data or "",
        country=form.country.data,
        locale=str(get_locale()),
        remote=current.actor.remote,
        agent=_agent(),
        now=current.now,
    )
    return _handed(entered, came.journey.goal)


@connections.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List by whom the person can sign in, and what could be added."""
    mine = queries.identities_of(current.session, current.actor.require_id())
    offered = queries.providers(current.session)
    return page(
        "federation/connections.html",
        identities=mine,
        names={each.id: each for each in offered},
        offered=[each for each in offered if each.enabled and each.id not in {one.provider_id for one in mine}],
    )


@connections.post("/<uuid:identity_id>/remove")
@signed_in
@fresh
def remove(identity_id: UUID) -> ResponseReturnValue:
    """Remove one of the person's connections."""
    service.disconnect(current.session, actor=current.actor, identity_id=identity_id, now=current.now)
    flash(_("The connection is removed."), "ok")
    return redirect(url_for("connections.index"), 303)


@connections.post("/<uuid:identity_id>/sign-out")
@signed_in
def sign_out(identity_id: UUID) -> ResponseReturnValue:
    """Sign out here, and lead to the page from which one signs out at the provider too."""
    browser = entering.browser_secret()
    person = current.actor.require_id()
    service.part_from(current.session, user_id=person, identity_id=identity_id, browser=browser, now=current.now)
    accounts.sign_out(current.session, actor=current.actor, token=_own_token(), now=current.now)
    return entrance.take_back(_to_leaving(browser))


def _to_leaving(browser: str) -> Response:
    return entering.remember(redirect(url_for("federation.leaving"), 303), browser)


def _here() -> Here:
    return service.here(current.session, actor=current.actor, browser=entering.known_browser(), now=current.now)


def _back(slug: str) -> str:
    """Return where the provider leads back to: on the tenant's own host, whatever host was asked."""
    return current.settings.url(current.site.host, url_for("federation.come_back", slug=slug))


def _handed(entered: Entered, goal: str) -> ResponseReturnValue:
    cookie = accounts.cookie_name(secure=current.settings.secure)
    return entering.handed_over(
        entered.way(local_path(goal)), cookie=cookie, token=entered.token, locale=entered.who.locale
    )


def _own_token() -> str | None:
    return accounts.token_of(request.cookies, secure=current.settings.secure)


def _agent() -> str:
    return request.user_agent.string


def _refused(refused: AppError) -> ResponseReturnValue:
    status = refused.status if isinstance(refused, ProviderRefused | JourneyOver) else max(refused.status, 422)
    html = page("federation/refused.html", title=_(refused.title), problem=said(refused))
    return html, status, {"Referrer-Policy": "no-referrer"}  # the address may hold a code
