"""Webhooks in the back office."""

import json
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from app.core.errors import NotFound
from app.core.pagination import Page
from app.integrations.egress import wire
from app.modules.webhooks import queries, rules, rules_catalogue, service
from app.modules.webhooks.errors import BadEndpoint
from app.modules.webhooks.forms import EndpointForm
from app.modules.webhooks.models import WebhookEndpoint
from app.modules.webhooks.permissions import POLICY, Perm
from app.modules.webhooks.service import Shown
from app.web.access import fresh, requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("webhooks_admin", __name__, url_prefix="/manage/webhooks")
MANAGE = requires(Perm.MANAGE, POLICY)

STATES = {
    "proving": (_l("Waits for its challenge"), "warn", "wait"),
    "active": (_l("Active"), "ok", ""),
    "off": (_l("Off"), "", "stop"),
}
OUTCOMES = {
    "waiting": (_l("On its way"), "info", "wait"),
    "delivered": (_l("Delivered"), "ok", ""),
    "failed": (_l("Given up"), "bad", "stop"),
    "stopped": (_l("Stopped"), "", "stop"),
}


@pages.get("")
@MANAGE
def index() -> str:
    """List who is told."""
    return page("webhooks/index.html", endpoints=queries.endpoints(current.session), states=STATES)


@pages.get("/kinds")
@MANAGE
def kinds() -> str:
    """Show everything that can be told, with an example of each."""
    samples = {
        kind: _pretty(rules.written(kind, told.sample, number=1204, at=current.now))
        for kind, told in rules_catalogue.CATALOGUE.items()
    }
    return page("webhooks/kinds.html", catalogue=rules_catalogue.CATALOGUE, samples=samples)


@pages.get("/new")
@MANAGE
def new() -> str:
    """Ask for a new address."""
    return page("webhooks/edit.html", form=_form(), endpoint=None, catalogue=rules_catalogue.CATALOGUE)


@pages.post("")
@MANAGE
@fresh
def add() -> ResponseReturnValue:
    """Keep a new address; its secret is shown on the answer, this once."""
    form = _form()
    if form.validate():
        try:
            shown = service.add(
                current.session,
                actor=current.actor,
                **form.values(),
                secret_key=current.settings.secret_key,
                check=wire.egress(current.settings).check,
                now=current.now,
            )
        except BadEndpoint as refused:
            form.take(refused)
        else:
            return _once(shown)
    return page("webhooks/edit.html", form=form, endpoint=None, catalogue=rules_catalogue.CATALOGUE), 422


@pages.get("/<uuid:endpoint_id>")
@MANAGE
def show(endpoint_id: UUID) -> str:
    """Show an endpoint and what was sent to it."""
    endpoint, state = queries.endpoint(current.session, endpoint_id), request.args.get("state", "")
    if state not in ("", *OUTCOMES):
        raise NotFound
    at = Page.numbered(request.args.get("page", 1, type=int))
    return page(
        "webhooks/show.html",
        endpoint=endpoint,
        sent=queries.deliveries(current.session, endpoint_id, state=state, page=at),
        sizes=queries.sizes(current.session, endpoint_id),
        state=state,
        states=STATES,
        outcomes=OUTCOMES,
        catalogue=rules_catalogue.CATALOGUE,
        overlap=endpoint.former_until if endpoint.former_until and endpoint.former_until > current.now else None,
        url_of_page=lambda number: url_for("webhooks_admin.show", endpoint_id=endpoint_id, state=state, page=number),
    )


@pages.get("/<uuid:endpoint_id>/edit")
@MANAGE
def edit(endpoint_id: UUID) -> str:
    """Ask what to change."""
    endpoint = queries.endpoint(current.session, endpoint_id)
    return page("webhooks/edit.html", form=_form(endpoint), endpoint=endpoint, catalogue=rules_catalogue.CATALOGUE)


@pages.post("/<uuid:endpoint_id>/edit")
@MANAGE
@fresh
def change(endpoint_id: UUID) -> ResponseReturnValue:
    """Change address, note and kinds."""
    endpoint, form = queries.endpoint(current.session, endpoint_id), _form()
    if form.validate():
        try:
            service.change(
                current.session,
                actor=current.actor,
                endpoint_id=endpoint_id,
                **form.values(),
                check=wire.egress(current.settings).check,
                now=current.now,
            )
        except BadEndpoint as refused:
            form.take(refused)
        else:
            flash(_("The webhook is saved."), "ok")
            return _back(endpoint_id)
    return page("webhooks/edit.html", form=form, endpoint=endpoint, catalogue=rules_catalogue.CATALOGUE), 422


@pages.post("/<uuid:endpoint_id>/challenge")
@MANAGE
def challenge(endpoint_id: UUID) -> ResponseReturnValue:
    """Send the challenge again."""
    service.prove(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    flash(_("The challenge is on its way. Reload the page in a moment."), "ok")
    return _back(endpoint_id)


@pages.post("/<uuid:endpoint_id>/secret")
@MANAGE
@fresh
def rotate(endpoint_id: UUID) -> ResponseReturnValue:
    """Make a new secret; it is shown on the answer, this once."""
    return _once(
        service.rotate(
            current.session,
            actor=current.actor,
            endpoint_id=endpoint_id,
            secret_key=current.settings.secret_key,
            now=current.now,
        )
    )


@pages.post("/<uuid:endpoint_id>/stop")
@MANAGE
def stop(endpoint_id: UUID) -> ResponseReturnValue:
    """Tell it nothing more."""
    service.stop(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    flash(_("The webhook is off; nothing more is sent to it."), "ok")
    return _back(endpoint_id)


@pages.post("/<uuid:endpoint_id>/remove")
@MANAGE
def remove(endpoint_id: UUID) -> ResponseReturnValue:
    """Forget it."""
    service.remove(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    flash(_("The webhook and its messages are removed."), "ok")
    return redirect(url_for("webhooks_admin.index"), 303)


@pages.post("/<uuid:endpoint_id>/test")
@MANAGE
def test(endpoint_id: UUID) -> ResponseReturnValue:
    """Send a message that means nothing."""
    service.test(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    flash(_("A test message is on its way. Reload the page in a moment."), "ok")
    return _back(endpoint_id)


@pages.post("/<uuid:endpoint_id>/replay")
@MANAGE
def replay_failed(endpoint_id: UUID) -> ResponseReturnValue:
    """Send again whatever was given up or stopped."""
    service.replay_failed(current.session, actor=current.actor, endpoint_id=endpoint_id, now=current.now)
    flash(_("What was given up is on its way again."), "ok")
    return _back(endpoint_id)


@pages.get("/messages/<uuid:delivery_id>")
@MANAGE
def message(delivery_id: UUID) -> str:
    """Show one message, as it is sent, and every attempt."""
    delivery = queries.delivery(current.session, delivery_id)
    told = queries.message(current.session, delivery.message_id)
    return page(
        "webhooks/message.html",
        delivery=delivery,
        message=told,
        body=_pretty(told.body),
        endpoint=queries.endpoint(current.session, delivery.endpoint_id),
        attempts=queries.attempts(current.session, delivery_id),
        outcomes=OUTCOMES,
        sentence=_,
    )


@pages.post("/messages/<uuid:delivery_id>/replay")
@MANAGE
def replay(delivery_id: UUID) -> ResponseReturnValue:
    """Send one message again."""
    service.replay(current.session, actor=current.actor, delivery_id=delivery_id, now=current.now)
    flash(_("The message is on its way again."), "ok")
    return redirect(url_for("webhooks_admin.message", delivery_id=delivery_id), 303)


def _form(endpoint: WebhookEndpoint | None = None) -> EndpointForm:
    known = {"url": endpoint.url, "note": endpoint.note, "kinds": endpoint.kinds} if endpoint else {}
    form = EndpointForm(data=known)
    form.kinds.choices = [SelectChoice(kind, kind) for kind in rules_catalogue.CATALOGUE]
    return form


def _once(shown: Shown) -> Response:
    answer = make_response(page("webhooks/secret.html", endpoint=shown.endpoint, secret=shown.secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _back(endpoint_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("webhooks_admin.show", endpoint_id=endpoint_id), 303)


def _pretty(body: str) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
