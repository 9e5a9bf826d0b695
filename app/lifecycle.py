"""The life of one request, on one screen: host → tenant → session → actor → access → view → COMMIT → response."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from flask import Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.core import clock
from app.core.errors import AppError, NotFound, StepUpNeeded
from app.core.limits import Counter
from app.core.permissions import Actor
from app.core.scopes import Recogniser
from app.modules.accounts import service as accounts
from app.modules.tokens.errors import TokenInvalid
from app.web import access, errors, headers, limits, operations
from app.web.theming import page
from tenants import hosts
from tenants import service as tenancy
from tenants.errors import UnknownHost
from tenants.session import tenant_session

LOOKS = ("assets", "theme")
PROBES = "probes"  # whether this process is alive and ready: asked by address, without a site
ASK_AGAIN = "proof.ask"
ENTRANCE = frozenset({"accounts", "federation", "wallet_entrance"})  # whose forms let people in


class _Abandon(Exception):
    """Carries a refusal out of the session's block, so that nothing of it is kept."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Platform(Flask):
    """Flask, with one transaction of one tenant around every view."""

    portico: Settings
    counter: Counter

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sites: dict[str, str] = {}
        self.bearers: Sequence[Recogniser] = ()

    def answers(self, blueprint: str | None) -> bool:
        """Tell whether pages of `blueprint` exist on the host that was asked."""
        whose = self.sites.get(blueprint or "", "both")
        return whose == "both" or (whose == "installation") == g.site.is_installation

    def dispatch_request(self) -> ResponseReturnValue:
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        assert request.endpoint is not None
        view = self.view_functions[request.endpoint]
        declared = access.of(view)
        if access.is_counted(view) or (request.method == "POST" and request.blueprint in ENTRANCE):
            limits.check_entrance()
        if declared is not None and declared.bare:
            return super().dispatch_request()
        if not self.answers(request.blueprint):
            raise NotFound
        try:
            with tenant_session(g.site.id) as g.session:
                g.actor = self._bearer(view) if errors.wants_json() else _person(polled=access.is_polled(view))
                access.check(view, g.actor, g.site)
                operations.check_scope(view, g.get("scopes"))
                if access.is_fresh(view) and not g.actor.has_proved(g.now):
                    response = self.make_response(self._ask_again())
                else:
                    response = self.make_response(super().dispatch_request())
                if response.status_code >= 400:
                    raise _Abandon(response)
        except _Abandon as refused:
            return refused.response
        return response

    def _bearer(self, view: Callable[..., Any]) -> Actor:
        """Return who comes through the JSON door: a token's person or a visitor. Cookies aren't read there."""
        token = accounts.token_of(request.cookies, request.headers, api=True)
        if token is None or operations.is_anonymous(view):
            limits.check_visitor()
            return Actor(tenant_id=g.site.id, remote=_remote())
        for recognise in self.bearers:
            found = _recognised(recognise, token)
            if found is not None:
                limits.check_person(found)
                return found
        limits.check_visitor()
        raise TokenInvalid

    def _ask_again(self) -> ResponseReturnValue:
        """Answer with the page that asks who the person is, and keeps what was sent; a program gets StepUpNeeded."""
        if errors.wants_json():
            raise StepUpNeeded
        return cast(ResponseReturnValue, self.view_functions[ASK_AGAIN]())


def install(app: Platform) -> None:
    """Resolve the tenant before anything else, and finish every answer with its headers."""
    app.before_request(_resolve)
    app.after_request(headers.finish)
    app.after_request(limits.finish)


def _resolve() -> ResponseReturnValue | None:
    """Find whose site this is. An unknown host is answered here, before any session is opened or cookie read."""
    g.settings, g.now, g.site = _settings(), clock.now(), None
    if request.blueprint == PROBES:
        return None
    limits.check_source()
    try:
        found = tenancy.resolve(request.headers.get("Host", ""))
    except UnknownHost:
        if hosts.normalised(request.headers.get("Host", "")) is None:
            return Response(status=421)
        if request.blueprint in LOOKS:  # the page that says so is dressed like any other
            return None
        return Response(page("errors/404_host.html"), 404, mimetype="text/html")
    g.site = found.site
    if found.redirect_to is not None:
        path = request.full_path.rstrip("?")
        return redirect(g.settings.url(found.redirect_to, path), 308)
    if found.site.status == "suspended" and request.blueprint not in LOOKS:
        answer = Response(page("errors/suspended.html"), 503, mimetype="text/html")
        answer.headers["Retry-After"] = "3600"
        return answer
    return None


def _settings() -> Settings:
    return cast(Platform, current_app).portico


def _person(*, polled: bool) -> Actor:
    """Return whose browser asks, by its cookie."""
    return accounts.identify(
        g.session,
        accounts.token_of(request.cookies, secure=g.settings.secure),
        now=g.now,
        remote=_remote(),
        idle_minutes=g.site.settings.idle_minutes,
        polled=polled,
    )


def _recognised(recognise: Recogniser, token: str) -> Actor | None:
    """Ask one kind of token whose this is. A refusal counts as a visitor's, so that guessing is limited too."""
    try:
        found = recognise(g.session, token, settings=g.settings, remote=_remote(), now=g.now)
    except AppError:
        limits.check_visitor()
        raise
    if found is None:
        return None
    g.scopes = found.scopes
    return found.actor


def _remote() -> str:
    return request.remote_addr or ""
