"""Bring a recorded fact to its handlers: exactly one effect per (event, handler), however often this runs."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from app.core import clock, outbox
from tenants.session import tenant_session

Handlers = Mapping[str, tuple[type, Sequence[Callable[..., None]]]]


def deliver(handlers: Handlers, *, tenant_id: UUID, event_id: UUID) -> None:
    """Run every handler of the event, each in a transaction with its own tick.

    A handler that raises stops the run: the queue tries again, and those that had their effect are passed over.
    """
    with tenant_session(tenant_id) as session:
        row = session.get_one(outbox.OutboxEvent, (tenant_id, event_id))
    kind, functions = handlers.get(row.name, (object, ()))
    for handler in functions:
        with tenant_session(tenant_id) as session:
            if outbox.claim(session, event_id, f"{handler.__module__}.{handler.__qualname__}"):
                handler(session, outbox.from_body(kind, row.body), now=clock.now())
