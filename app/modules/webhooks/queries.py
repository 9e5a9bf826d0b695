"""What is read of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.webhooks.errors import NoSuchDelivery, NoSuchEndpoint
from app.modules.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from tenants import context

Line = tuple[WebhookDelivery, WebhookMessage]


def endpoints(session: Session) -> Sequence[WebhookEndpoint]:
    """Return every endpoint, the oldest first."""
    return session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)).all()


def endpoint(session: Session, endpoint_id: UUID, *, locked: bool = False) -> WebhookEndpoint:
    """Return an endpoint. Raises NoSuchEndpoint."""
    found = session.get(WebhookEndpoint, (context.tenant_id(), endpoint_id), with_for_update=locked or None)
    if found is None:
        raise NoSuchEndpoint
    return found


def active(session: Session) -> Sequence[WebhookEndpoint]:
    """Return the endpoints that are told."""
    return session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.state == "active")).all()


def deliveries(session: Session, endpoint_id: UUID, *, state: str = "", page: Page) -> Slice[Line]:
    """Return what was sent to an endpoint, the newest first."""
    wanted = [WebhookDelivery.endpoint_id == endpoint_id, *([WebhookDelivery.state == state] if state else [])]
    total = session.scalar(select(func.count()).select_from(WebhookDelivery).where(*wanted)) or 0
    rows = session.execute(
        select(WebhookDelivery, WebhookMessage)
        .join(WebhookMessage, WebhookMessage.id == WebhookDelivery.message_id)
        .where(*wanted)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    return Slice([(delivery, message) for delivery, message in rows], total, page)


def delivery(session: Session, delivery_id: UUID, *, locked: bool = False) -> WebhookDelivery:
    """Return a delivery. Raises NoSuchDelivery."""
    found = session.get(WebhookDelivery, (context.tenant_id(), delivery_id), with_for_update=locked or None)
    if found is None:
        raise NoSuchDelivery
    return found


def message(session: Session, message_id: UUID) -> WebhookMessage:
    """Return a message."""
    return session.get_one(WebhookMessage, (context.tenant_id(), message_id))


def attempts(session: Session, delivery_id: UUID) -> Sequence[WebhookAttempt]:
    """Return the attempts of a delivery, the newest first."""
    wanted = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
    return session.scalars(wanted.order_by(WebhookAttempt.number.desc())).all()


def sizes(session: Session, endpoint_id: UUID) -> dict[str, int]:
    """Return how many deliveries an endpoint has in each state."""
    counted = select(WebhookDelivery.state, func.count()).where(WebhookDelivery.endpoint_id == endpoint_id)
    rows = session.execute(counted.group_by(WebhookDelivery.state)).all()
    return {row[0]: row[1] for row in rows}


def on_their_way(session: Session, now: datetime) -> int:
    """Return how many messages of the tenant are being sent right now."""
    counted = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.sending_until > now)
    return session.scalar(counted) or 0
