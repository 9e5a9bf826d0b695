"""Facts: written in the transaction that made them true, delivered to their handlers after it.

An event is a frozen dataclass of ids, text, numbers, booleans, instants. Its name is its class name; the registry
lists its handlers. Exactly one effect comes of each (event, handler): see app/worker/deliver.py.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import jobs
from tenants import context
from tenants.orm import Base, Identified, TenantScoped

Event = TypeVar("Event")


class OutboxEvent(Identified, Base):
    """A recorded fact."""

    __tablename__ = "outbox_events"

    name: Mapped[str]
    body: Mapped[dict[str, Any]]


class EventEffect(TenantScoped, Base):
    """The mark that a handler has had its effect for an event."""

    __tablename__ = "event_effects"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(primary_key=True)


def record(session: Session, event: object) -> UUID:
    """Write `event` and defer its delivery, both in this transaction. Returns the event's id."""
    row = OutboxEvent(name=type(event).__name__, body=to_body(event))
    session.add(row)
    session.flush()
    jobs.later(session, "outbox.deliver", event_id=str(row.id))
    return row.id


def claim(session: Session, event_id: UUID, handler: str) -> bool:
    """Claim the one effect of `handler` for this event; False if it was had before. Blocks on a running claim."""
    statement = insert(EventEffect).values(tenant_id=context.tenant_id(), event_id=event_id, handler=handler)
    done = session.execute(statement.on_conflict_do_nothing().returning(EventEffect.event_id))
    return done.scalar() is not None


def to_body(event: object) -> dict[str, Any]:
    """Return the event's fields as JSON values; integers as strings, since JSON numbers lose digits of amounts."""
    return {field.name: _plain(getattr(event, field.name)) for field in fields(event)}  # type: ignore[arg-type]


def from_body(kind: type[Event], body: dict[str, Any]) -> Event:
    """Return the event of class `kind` that `to_body` wrote."""
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in body.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _typed(hint: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    options = getattr(hint, "__args__", (hint,))
    kind = next(option for option in options if option is not type(None))
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value)
