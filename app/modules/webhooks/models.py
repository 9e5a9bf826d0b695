"""Who is told, what was told, and how it went."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class WebhookEndpoint(Identified, Base):
    """An address that is told. `state`: proving (waits for the challenge to be answered), active, off.

    Secrets are sealed for the row. `former` is the secret before the last change, good until `former_until`.
    `reason` says why it is off: stopped (by a person) or gone (it answered 410).
    """

    __tablename__ = "webhook_endpoints"

    url: Mapped[str]
    note: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    secret: Mapped[bytes]
    former: Mapped[bytes | None]
    former_until: Mapped[datetime | None]
    challenge: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    rest_until: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]


class WebhookMessage(Identified, Base):
    """One fact as it is told: `body` is the very text that is signed. `number` counts the tenant's messages."""

    __tablename__ = "webhook_messages"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int]
    kind: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]


class WebhookDelivery(Identified, Base):
    """A message on its way to an endpoint. `state`: waiting, delivered, failed (given up), stopped.

    `attempts` counts all attempts, `tried` those since it was last sent off by an event or a person.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"], ["app.webhook_endpoints.tenant_id", "app.webhook_endpoints.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "message_id"], ["app.webhook_messages.tenant_id", "app.webhook_messages.id"]
        ),
        UniqueConstraint("tenant_id", "endpoint_id", "message_id"),
    )

    endpoint_id: Mapped[UUID]
    message_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    tried: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    sending_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Identified, Base):
    """One attempt: what was answered, or why nothing was. `took` is in milliseconds."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["app.webhook_deliveries.tenant_id", "app.webhook_deliveries.id"]
        ),
        UniqueConstraint("tenant_id", "delivery_id", "number"),
    )

    delivery_id: Mapped[UUID]
    number: Mapped[int]
    at: Mapped[datetime]
    took: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str]
    excerpt: Mapped[str]
