"""The life of one request, on one screen: host → tenant → session → actor → access → view → COMMIT → response."""

from typing import Any, cast

from flask import Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.core import clock
from app.core.errors import NotFound, StepUpNeeded
from app.modules.accounts import service as accounts
from app.web import access, errors, headers
from app.web.theming import page
from tenants import hosts
from tenants import service as tenancy
from tenants.errors import UnknownHost
from tenants.session import tenant_session

LOOKS = ("assets", "theme")
ASK_AGAIN = "proof.ask"


class _Abandon(Exception):
    """Carries a refusal out of the session's block, so that nothing of it is kept."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Platform(Flask):
    """Flask, with one transaction of one tenant around every view."""

    portico: Settings

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sites: dict[str, str] = {}

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
        if declared is not None and declared.bare:
            return super().dispatch_request()
        if not self.answers(request.blueprint):
            raise NotFound
        try:
            with tenant_session(g.site.id) as g.session:
                g.actor = accounts.identify(
                    g.session,
                    _token(),
                    now=g.now,
                    remote=_remote(),
                    idle_minutes=g.site.settings.idle_minutes,
                    polled=access.is_polled(view),
                )
                access.check(view, g.actor, g.site)
                if access.is_fresh(view) and not g.actor.has_proved(g.now):
                    response = self.make_response(self._ask_again())
                else:
                    response = self.make_response(super().dispatch_request())
                if response.status_code >= 400:
                    raise _Abandon(response)
        except _Abandon as refused:
            return refused.response
        return response

    def _ask_again(self) -> ResponseReturnValue:
        """Answer with the page that asks who the person is, and keeps what was sent; a program gets StepUpNeeded."""
        if errors.wants_json():
            raise StepUpNeeded
        return cast(ResponseReturnValue, self.view_functions[ASK_AGAIN]())


def install(app: Platform) -> None:
    """Resolve the tenant before anything else, and finish every answer with its headers."""
    app.before_request(_resolve)
    app.after_request(headers.finish)


def _resolve() -> ResponseReturnValue | None:
    """Find whose site this is. An unknown host is answered here, before any session is opened or cookie read."""
    g.settings, g.now = _settings(), clock.now()
    try:
        found = tenancy.resolve(request.headers.get("Host", ""))
    except UnknownHost:
        g.site = None
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


def _token() -> str | None:
    """Return the cookie's session, or the bearer token's at the JSON door, which therefore needs no form token."""
    return accounts.token_of(request.cookies, request.headers, secure=g.settings.secure, api=errors.wants_json())


def _remote() -> str:
    return request.remote_addr or ""
