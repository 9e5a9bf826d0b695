"""Messages leave here, and old ones are forgotten."""

import logging
import secrets
import time
from dataclasses import replace
from datetime import datetime
from threading import Event
from uuid import UUID

from app.config import Settings
from app.core import clock
from app.core.errors import AppError
from app.core.tasks import TaskContext
from app.integrations.egress.port import AddressRefused, Request, Unreachable
from app.modules.webhooks import queries, rules, service
from app.modules.webhooks.service_sending import Outcome, Outgoing
from tenants import service as tenancy
from tenants.session import tenant_session

log = logging.getLogger("portico.webhooks")
EVERY = 3600.0  # seconds


def send(context: TaskContext, *, delivery_id: str, attempt: int) -> None:
    """Make one attempt, unless it was made. Secrets are opened here and leave nothing but signatures."""
    now = context.now()
    with context.session() as session:
        sent = service.start(session, UUID(delivery_id), attempt, now=now, luck=_luck())
        if sent is None:
            return
        endpoint = queries.endpoint(session, queries.delivery(session, sent.delivery_id).endpoint_id)
        secret_key = context.settings.secret_key
        sent = replace(sent, secrets=tuple(service.good_secrets(endpoint, secret_key, now)))
    outcome = _asked(context, sent, now)
    with context.session() as session:
        service.finish(session, sent, outcome, now=context.now(), luck=_luck())


def _asked(context: TaskContext, sent: Outgoing, now: datetime) -> Outcome:
    headers = rules.headers(sent.message_id, now, sent.body, sent.secrets)
    request, began = Request(method="POST", url=sent.url, headers=headers, body=sent.body.encode()), time.monotonic()
    try:
        answer = context.ports.egress.send(request)
    except (AddressRefused, Unreachable) as refused:
        return Outcome(None, problem=_sentence(refused), took=_since(began))
    return Outcome(answer.status, answer.body, took=_since(began))


def tidy(_settings: Settings, _ports: object, stop: Event) -> None:
    """Forget what is older than 30 days, once an hour, until stopped."""
    while not stop.is_set():
        try:
            for site in tenancy.sites():
                with tenant_session(site.id) as session:
                    service.clean_up(session, now=clock.now())
        except Exception:
            log.exception("tidying failed; trying again later")
        stop.wait(EVERY)


def _sentence(refused: AppError) -> str:
    return refused.sentence


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _luck() -> float:
    return secrets.randbelow(1000) / 1000
