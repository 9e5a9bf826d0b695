"""Facts and their effects: written together, delivered exactly once per handler."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.outbox import EventEffect, OutboxEvent
from app.worker.deliver import deliver
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session


@dataclass(frozen=True, kw_only=True)
class SomethingHappened:
    thing_id: UUID
    amount: int
    at: datetime
    note: str | None = None
    big: bool = False


def happened() -> SomethingHappened:
    return SomethingHappened(thing_id=ids.new(), amount=2**200, at=datetime(2026, 11, 21, tzinfo=UTC), big=True)


def test_an_event_comes_back_as_it_was_written() -> None:
    event = happened()
    assert outbox.from_body(SomethingHappened, outbox.to_body(event)) == event


def test_a_rolled_back_fact_never_happened(acme: Site) -> None:
    with tenant_session(acme.id) as session:
        outbox.record(session, happened())
        session.rollback()
    with tenant_session(acme.id) as session:
        assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 0


def test_each_handler_has_one_effect_however_often_the_job_runs(acme: Site) -> None:
    calls: list[str] = []
    lock = threading.Lock()

    def first(session: Session, event: Any, *, now: datetime) -> None:
        with lock:
            calls.append("first")

    def second(session: Session, event: Any, *, now: datetime) -> None:
        with lock:
            calls.append("second")

    handlers = {"SomethingHappened": (SomethingHappened, [first, second])}
    with tenant_session(acme.id) as session:
        event_id = outbox.record(session, happened())
    threads = [
        threading.Thread(target=lambda: deliver(handlers, tenant_id=acme.id, event_id=event_id)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(calls) == ["first", "second"]


def test_a_failing_handler_is_tried_again_and_the_others_are_not_repeated(acme: Site) -> None:
    calls: list[str] = []

    def good(session: Session, event: Any, *, now: datetime) -> None:
        calls.append("good")

    def bad(session: Session, event: Any, *, now: datetime) -> None:
        calls.append("bad")
        if calls.count("bad") < 3:
            raise ConnectionError

    handlers = {"SomethingHappened": (SomethingHappened, [good, bad])}
    with tenant_session(acme.id) as session:
        event_id = outbox.record(session, happened())
    for _ in range(2):
        with pytest.raises(ConnectionError):
            deliver(handlers, tenant_id=acme.id, event_id=event_id)
    deliver(handlers, tenant_id=acme.id, event_id=event_id)
    deliver(handlers, tenant_id=acme.id, event_id=event_id)
    assert calls == ["good", "bad", "bad", "bad"]
    with tenant_session(acme.id) as session:
        assert session.scalar(select(func.count()).select_from(EventEffect)) == 2


def test_another_tenant_can_neither_see_nor_deliver_it(acme: Site, zeta: Site) -> None:
    with tenant_session(acme.id) as session:
        event_id = outbox.record(session, happened())
    with tenant_session(zeta.id) as session:
        assert session.get(OutboxEvent, (acme.id, event_id)) is None
        assert session.get(OutboxEvent, (zeta.id, event_id)) is None


def test_what_was_recorded_stays(acme: Site) -> None:
    with tenant_session(acme.id) as session:
        outbox.record(session, happened())
    for statement in ("UPDATE app.outbox_events SET name = 'x'", "DELETE FROM app.outbox_events"):
        with pytest.raises(ProgrammingError, match="permission denied"), tenant_session(acme.id) as session:
            session.execute(text(statement))
