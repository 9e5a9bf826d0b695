"""Messages on their way: make them of facts, send them off, judge each attempt, try again. Offered by `service`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import Actor, Role, system
from app.modules.accounts import service as accounts
from app.modules.audit import service as audit
from app.modules.notifications import service as notifications
from app.modules.webhooks import queries, rules, rules_catalogue
from app.modules.webhooks.errors import NotProven
from app.modules.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from app.modules.webhooks.permissions import POLICY, Perm

SEND = "webhooks.send"
LONGEST_SENDING = timedelta(seconds=30)  # after which a message whose worker died counts as not on its way


@dataclass(frozen=True)
class Outgoing:
    """One attempt that is about to be made, as plain values: no session is open while it is."""

    delivery_id: UUID
    attempt: int
    url: str
    message_id: str
    kind: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt. `status` is None where no answer came; `problem` says why in a sentence."""

    status: int | None
    body: bytes = b""
    problem: str = ""
    took: int = 0


def publish(session: Session, kind: str, data: Mapping[str, Any], *, now: datetime) -> WebhookMessage | None:
    """Tell every active endpoint that asked for `kind`; return the message, None where nobody asked."""
    listening = [endpoint for endpoint in queries.active(session) if kind in endpoint.kinds]
    if not listening:
        return None
    message = _message(session, kind, data, now)
    for endpoint in listening:
        _deliver(session, endpoint, message, now)
    return message


def send_one(
    session: Session, endpoint: WebhookEndpoint, kind: str, data: Mapping[str, Any], *, now: datetime
) -> WebhookDelivery:
    """Tell one endpoint something that concerns it alone."""
    return _deliver(session, endpoint, _message(session, kind, data, now), now)


def start(session: Session, delivery_id: UUID, attempt: int, *, now: datetime, luck: float) -> Outgoing | None:
    """Return what has to be sent now without its secrets, or None: it was done, was stopped, or has to wait a little.

    One that waits is put back into the queue here: its endpoint rests, or too many of the tenant are on their way.
    """
    delivery = session.get(WebhookDelivery, (session.info["tenant_id"], delivery_id), with_for_update=True)
    if delivery is None or delivery.state != "waiting" or delivery.attempts + 1 != attempt:
        return None
    endpoint, message = queries.endpoint(session, delivery.endpoint_id), queries.message(session, delivery.message_id)
    pause = timedelta(0)
    if endpoint.rest_until is not None and endpoint.rest_until > now and delivery.tried == 0:
        pause = endpoint.rest_until - now
    elif queries.on_their_way(session, now) >= rules.AT_ONCE:
        pause = timedelta(seconds=1)
    if pause:
        delivery.next_at = now + pause + timedelta(seconds=10 * luck)
        _later(session, delivery)
        return None
    delivery.sending_until = now + LONGEST_SENDING
    session.flush()
    return Outgoing(delivery.id, attempt, endpoint.url, f"msg_{message.id.hex}", message.kind, message.body, ())


def finish(session: Session, sent: Outgoing, outcome: Outcome, *, now: datetime, luck: float) -> None:
    """Keep what came of an attempt and decide what follows. An attempt that was kept before changes nothing."""
    found = _both(session, sent.delivery_id)
    if found is None or found[1].attempts + 1 != sent.attempt:
        return
    endpoint, delivery = found
    session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            number=sent.attempt,
            at=now,
            took=outcome.took,
            status=outcome.status,
            problem=outcome.problem,
            excerpt=rules.excerpt(outcome.body),
        )
    )
    delivery.attempts, delivery.tried, delivery.sending_until = sent.attempt, delivery.tried + 1, None
    taken = rules.is_success(outcome.status)
    if sent.kind == rules_catalogue.CHALLENGE:
        _judge_proof(session, endpoint, delivery, taken and rules.proves(outcome.body, endpoint.challenge), now)
    elif delivery.state == "waiting":
        _judge(session, endpoint, delivery, outcome, now=now, luck=luck)
    session.flush()


def replay(session: Session, *, actor: Actor, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """Send a message again under its own id, so that a receiver who took it before can tell. Raises NotProven."""
    POLICY.must(actor, Perm.MANAGE)
    delivery = queries.delivery(session, delivery_id, locked=True)
    endpoint = queries.endpoint(session, delivery.endpoint_id)
    if endpoint.state != "active":
        raise NotProven
    _again(session, delivery, now)
    _log(session, actor, "webhook.replayed", endpoint, now, {"message": delivery.message_id})
    return delivery


def replay_failed(session: Session, *, actor: Actor, endpoint_id: UUID, now: datetime) -> int:
    """Send everything again that was given up or stopped, at most 1,000 at once; return how many. Raises NotProven."""
    POLICY.must(actor, Perm.MANAGE)
    endpoint = queries.endpoint(session, endpoint_id)
    if endpoint.state != "active":
        raise NotProven
    lost = select(WebhookDelivery).join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
    lost = lost.where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state.in_(["failed", "stopped"]))
    lost = lost.where(WebhookMessage.kind != rules_catalogue.CHALLENGE)
    found = session.scalars(lost.order_by(WebhookMessage.number).limit(1000).with_for_update(of=WebhookDelivery)).all()
    for delivery in found:
        _again(session, delivery, now)
    _log(session, actor, "webhook.replayed", endpoint, now, {"messages": len(found)})
    return len(found)


def clean_up(session: Session, *, now: datetime) -> None:
    """Forget messages, and what came of them, after 30 days; all but the newest, on which the numbers go on."""
    newest = select(func.max(WebhookMessage.number)).scalar_subquery()
    old = delete(WebhookMessage).where(WebhookMessage.at < now - rules.KEPT, WebhookMessage.number < newest)
    session.execute(old, execution_options={"synchronize_session": False})


def _message(session: Session, kind: str, data: Mapping[str, Any], now: datetime) -> WebhookMessage:
    tenant_id = session.info["tenant_id"]
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhooks.number:{tenant_id}", 0))))
    number = (session.scalar(select(func.max(WebhookMessage.number))) or 0) + 1
    message = WebhookMessage(number=number, kind=kind, body=rules.written(kind, data, number=number, at=now), at=now)
    session.add(message)
    session.flush()
    return message


def _deliver(session: Session, endpoint: WebhookEndpoint, message: WebhookMessage, now: datetime) -> WebhookDelivery:
    delivery = WebhookDelivery(endpoint_id=endpoint.id, message_id=message.id, next_at=now, created_at=now)
    session.add(delivery)
    session.flush()
    _later(session, delivery)
    return delivery


def _again(session: Session, delivery: WebhookDelivery, now: datetime) -> None:
    delivery.state, delivery.tried, delivery.next_at, delivery.delivered_at = "waiting", 0, now, None
    session.flush()
    _later(session, delivery)


def _later(session: Session, delivery: WebhookDelivery) -> None:
    jobs.later(
        session, SEND, run_at=delivery.next_at, delivery_id=str(delivery.id), attempt=(delivery.attempts or 0) + 1
    )


def _both(session: Session, delivery_id: UUID) -> tuple[WebhookEndpoint, WebhookDelivery] | None:
    """Return endpoint and delivery, locked in the order in which people's acts lock them."""
    key = (session.info["tenant_id"], delivery_id)
    seen = session.get(WebhookDelivery, key)
    if seen is None:
        return None
    endpoint = session.get(WebhookEndpoint, (seen.tenant_id, seen.endpoint_id), with_for_update=True)
    delivery = session.get(WebhookDelivery, key, with_for_update=True, populate_existing=True)
    return (endpoint, delivery) if endpoint is not None and delivery is not None else None


def _judge_proof(
    session: Session, endpoint: WebhookEndpoint, delivery: WebhookDelivery, proven: bool, now: datetime
) -> None:
    delivery.next_at = None
    if delivery.state != "waiting" or not proven:
        delivery.state = "failed" if delivery.state == "waiting" else delivery.state
        return
    delivery.state, delivery.delivered_at = "delivered", now
    if endpoint.state == "proving":
        endpoint.state, endpoint.reason, endpoint.proven_at = "active", "", now
        _log(session, system(endpoint.tenant_id), "webhook.proven", endpoint, now)


def _judge(
    session: Session,
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    outcome: Outcome,
    *,
    now: datetime,
    luck: float,
) -> None:
    if rules.is_success(outcome.status):
        delivery.state, delivery.delivered_at, delivery.next_at = "delivered", now, None
        endpoint.failures, endpoint.rest_until = 0, None
        return
    endpoint.failures += 1
    pause = rules.rest(endpoint.failures)
    endpoint.rest_until = now + pause if pause else None
    wait = rules.wait(delivery.tried, luck)
    if outcome.status == rules.GONE:
        _end(session, endpoint, delivery, now)
    elif wait is None:
        delivery.state, delivery.next_at = "failed", None
        _tell(session, endpoint, "webhook-failing", now)
    else:
        delivery.next_at = now + wait
        _later(session, delivery)


def _end(session: Session, endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> None:
    """Stop an endpoint that says that it is gone."""
    delivery.state, delivery.next_at = "failed", None
    endpoint.state, endpoint.reason = "off", "gone"
    session.flush()
    waiting = update(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    session.execute(waiting.where(WebhookDelivery.state == "waiting").values(state="stopped", next_at=None))
    _log(session, system(endpoint.tenant_id), "webhook.gone", endpoint, now)
    endpoint.told_at = None
    _tell(session, endpoint, "webhook-gone", now)


def _tell(session: Session, endpoint: WebhookEndpoint, kind: str, now: datetime) -> None:
    if endpoint.told_at is not None and now - endpoint.told_at < rules.TOLD_EVERY:
        return
    endpoint.told_at = now
    for user_id in accounts.people_with_role(session, Role.TENANT_ADMIN):
        notifications.tell(session, user_id=user_id, kind=kind, url=f"/manage/webhooks/{endpoint.id}", now=now)


def _log(
    session: Session,
    actor: Actor,
    action: str,
    endpoint: WebhookEndpoint,
    now: datetime,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session, actor=actor, action=action, subject_kind="webhook", subject_id=endpoint.id, after=after, now=now
    )
