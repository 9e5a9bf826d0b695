"""Who is told what: add an address, prove it, change it, give it a new secret, stop it, remove it."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core import sealed
from app.core.errors import Invalid
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.webhooks import queries, rules, rules_catalogue
from app.modules.webhooks.errors import BadEndpoint, NotProven, TooManyEndpoints
from app.modules.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.modules.webhooks.permissions import POLICY, Perm
from app.modules.webhooks.rules_catalogue import N_
from app.modules.webhooks.service_sending import (
    clean_up,
    finish,
    publish,
    replay,
    replay_failed,
    send_one,
    start,
)
from tenants import ids

__all__ = ["clean_up", "finish", "publish", "replay", "replay_failed", "send_one", "start"]  # offered from here too

Check = Callable[[str], None]
PURPOSE, FORMER = "webhooks.secret", "webhooks.former"


@dataclass(frozen=True)
class Shown:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def add(
    session: Session,
    *,
    actor: Actor,
    url: str,
    note: str = "",
    kinds: Iterable[str],
    secret_key: str,
    check: Check,
    now: datetime,
) -> Shown:
    """Keep a new endpoint and send it its challenge; it is told nothing else before it has answered.

    `check` refuses addresses that can't be asked. Raises BadEndpoint, TooManyEndpoints.
    """
    POLICY.must(actor, Perm.MANAGE)
    wanted = _judged(url, note, kinds, check)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhooks:{actor.tenant_id}", 0))))
    if len(queries.endpoints(session)) >= rules.MOST_ENDPOINTS:
        raise TooManyEndpoints
    endpoint_id, secret = ids.new(), rules.new_secret(secrets.token_bytes(rules.SECRET_BYTES))
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        url=url,
        note=note,
        kinds=wanted,
        state="proving",
        secret=_sealed(secret_key, secret, actor.tenant_id, endpoint_id, PURPOSE),
        challenge=secrets.token_urlsafe(24),
        created_by=actor.user_id,
        created_at=now,
    )
    session.add(endpoint)
    session.flush()
    _log(session, actor, "webhook.added", endpoint, now, after=_seen(endpoint))
    _challenge(session, endpoint, now)
    return Shown(endpoint, secret)


def change(
    session: Session,
    *,
    actor: Actor,
    endpoint_id: UUID,
    url: str,
    note: str,
    kinds: Iterable[str],
    check: Check,
    now: datetime,
) -> WebhookEndpoint:
    """Change an endpoint; a new address has to answer a challenge again. Raises NoSuchEndpoint, BadEndpoint."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id, locked=True)
    wanted, before = _judged(url, note, kinds, check), _seen(endpoint)
    moved = url != endpoint.url
    endpoint.url, endpoint.note, endpoint.kinds = url, note, wanted
    if moved:
        _halt(session, endpoint)
        _begin_proof(session, endpoint, now)
    session.flush()
    _log(session, actor, "webhook.changed", endpoint, now, before=before, after=_seen(endpoint))
    return endpoint


def prove(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> WebhookEndpoint:
    """Send an endpoint that isn't active a fresh challenge; when it answers, it is told from then on."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id, locked=True)
    if endpoint.state != "active":
        _begin_proof(session, endpoint, now)
        _log(session, actor, "webhook.challenged", endpoint, now)
    return endpoint


def rotate(session: Session, *, actor: Actor, endpoint_id: UUID, secret_key: str, now: datetime) -> Shown:
    """Give the endpoint a new secret; for 24 hours the one before signs too. Raises NoSuchEndpoint."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id, locked=True)
    secret, old = rules.new_secret(secrets.token_bytes(rules.SECRET_BYTES)), _opened(secret_key, endpoint)
    endpoint.former = _sealed(secret_key, old, endpoint.tenant_id, endpoint.id, FORMER)
    endpoint.former_until = now + rules.OVERLAP
    endpoint.secret = _sealed(secret_key, secret, endpoint.tenant_id, endpoint.id, PURPOSE)
    session.flush()
    _log(session, actor, "webhook.secret_replaced", endpoint, now)
    return Shown(endpoint, secret)


def stop(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> WebhookEndpoint:
    """Tell the endpoint nothing more; what waits for it is stopped. Raises NoSuchEndpoint."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id, locked=True)
    if endpoint.state != "off":
        endpoint.state, endpoint.reason = "off", "stopped"
        _halt(session, endpoint)
        _log(session, actor, "webhook.stopped", endpoint, now)
    return endpoint


def remove(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> None:
    """Forget the endpoint, its secret and what was sent to it. Raises NoSuchEndpoint."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id, locked=True)
    _log(session, actor, "webhook.removed", endpoint, now, before=_seen(endpoint))
    session.delete(endpoint)
    session.flush()


def test(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> WebhookDelivery:
    """Send the endpoint a message that means nothing. Raises NoSuchEndpoint, NotProven."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id)
    if endpoint.state != "active":
        raise NotProven
    return send_one(session, endpoint, rules_catalogue.TEST, {"says": "It works."}, now=now)


def good_secrets(endpoint: WebhookEndpoint, secret_key: str, now: datetime) -> list[str]:
    """Return the secrets that sign a message sent at `now`: the present one first."""
    found = [_opened(secret_key, endpoint)]
    if endpoint.former and endpoint.former_until and now < endpoint.former_until:
        former = sealed.unseal(
            secret_key, endpoint.former, tenant_id=endpoint.tenant_id, purpose=FORMER, row_id=endpoint.id
        )
        found.append(former.decode())
    return found


def _judged(url: str, note: str, kinds: Iterable[str], check: Check) -> list[str]:
    wanted, problems = sorted(set(kinds)), {}
    try:
        check(url)
    except Invalid as refused:
        problems["url"] = refused.sentence
    if not wanted or not set(wanted) <= rules_catalogue.CATALOGUE.keys():
        problems["kinds"] = N_("Choose at least one kind of message.")
    if len(note) > 200:
        problems["note"] = N_("At most 200 characters.")
    if problems:
        raise BadEndpoint(fields=problems)
    return wanted


def _begin_proof(session: Session, endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.state, endpoint.reason, endpoint.challenge = "proving", "", secrets.token_urlsafe(24)
    endpoint.failures, endpoint.rest_until = 0, None
    session.flush()
    _challenge(session, endpoint, now)


def _challenge(session: Session, endpoint: WebhookEndpoint, now: datetime) -> None:
    send_one(session, endpoint, rules_catalogue.CHALLENGE, {"challenge": endpoint.challenge}, now=now)


def _halt(session: Session, endpoint: WebhookEndpoint) -> None:
    waiting = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.state == "waiting"
    )
    session.execute(waiting.values(state="stopped", next_at=None))
    session.flush()


def _sealed(secret_key: str, secret: str, tenant_id: UUID, endpoint_id: UUID, purpose: str) -> bytes:
    return sealed.seal(secret_key, secret.encode(), tenant_id=tenant_id, purpose=purpose, row_id=endpoint_id)


def _opened(secret_key: str, endpoint: WebhookEndpoint) -> str:
    return sealed.unseal(
        secret_key, endpoint.secret, tenant_id=endpoint.tenant_id, purpose=PURPOSE, row_id=endpoint.id
    ).decode()


def _seen(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {"url": endpoint.url, "note": endpoint.note, "kinds": list(endpoint.kinds)}


def _log(
    session: Session, actor: Actor, action: str, endpoint: WebhookEndpoint, now: datetime, **changes: dict[str, Any]
) -> None:
    audit.record(
        session, actor=actor, action=action, subject_kind="webhook", subject_id=endpoint.id, now=now, **changes
    )
