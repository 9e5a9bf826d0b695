"""How often a caller may come: windows that all processes of the installation share.

A window opens with a caller's first request and lasts as long as its limit says. Counting is one statement that commits
by itself: no transaction is held, nothing waits for another caller, and what a request does later doesn't undo it.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.session import count_apart

WINDOW = timedelta(seconds=60)
MOST_REMEMBERED = 10_000  # callers whose exhausted windows a process remembers, and sources it counts by itself


@dataclass(frozen=True)
class Limit:
    """At most `most` requests within `within`. `name` stands in the headers."""

    name: str
    most: int
    within: timedelta = WINDOW


@dataclass(frozen=True)
class Count:
    """How a caller stands: whether this request passes, how many are left, and in how many seconds all are again."""

    limit: Limit
    passes: bool
    left: int
    resets_in: int


class Counter(Protocol):
    """Where windows are kept."""

    def count(self, tenant_id: UUID, caller: str, limit: Limit) -> Count:
        """Count one request and tell how the caller stands."""


_COUNT = """
INSERT INTO platform.rate_windows AS kept (tenant_id, caller, opened_at, used)
VALUES (%(tenant_id)s, %(caller)s, clock_timestamp(), 1)
ON CONFLICT (tenant_id, caller) DO UPDATE SET
    used = CASE WHEN kept.opened_at <= clock_timestamp() - %(within)s THEN 1 ELSE least(kept.used + 1, %(cap)s) END,
    opened_at = CASE WHEN kept.opened_at <= clock_timestamp() - %(within)s
        THEN clock_timestamp() ELSE kept.opened_at END
RETURNING used, extract(epoch FROM opened_at + %(within)s - clock_timestamp())::float8
"""


class InDatabase:
    """Windows in an unlogged table. A crash of the database forgets them; nothing else does."""

    def __init__(self) -> None:
        self._closed: OrderedDict[tuple[UUID, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, tenant_id: UUID, caller: str, limit: Limit) -> Count:
        name = (tenant_id, f"{limit.name} {caller}")
        waits = self._waits(name)
        if waits > 0:
            return standing(limit, limit.most + 1, waits)
        values = {"tenant_id": tenant_id, "caller": name[1], "within": limit.within, "cap": limit.most + 1}
        used, waits = count_apart(_COUNT, values)
        if used > limit.most:
            self._close(name, waits)
        return standing(limit, used, waits)

    def _waits(self, name: tuple[UUID, str]) -> float:
        """Return for how many seconds this process knows that the caller has none left: it need not ask again."""
        with self._lock:
            return self._closed.get(name, 0.0) - time.monotonic()

    def _close(self, name: tuple[UUID, str], waits: float) -> None:
        with self._lock:
            self._closed[name] = time.monotonic() + waits
            while len(self._closed) > MOST_REMEMBERED:
                self._closed.popitem(last=False)


class InMemory:
    """Windows of this process alone: for sources that are refused before any other work, and while a store is away."""

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[UUID, str], tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, tenant_id: UUID, caller: str, limit: Limit) -> Count:
        name, now = (tenant_id, f"{limit.name} {caller}"), time.monotonic()
        with self._lock:
            ends, used = self._windows.pop(name, (0.0, 0))
            if ends <= now:
                ends, used = now + limit.within.total_seconds(), 0
            used = min(used + 1, limit.most + 1)
            self._windows[name] = (ends, used)
            while len(self._windows) > MOST_REMEMBERED:
                self._windows.popitem(last=False)
        return standing(limit, used, ends - now)


def standing(limit: Limit, used: int, waits: float) -> Count:
    """Return how a caller stands after `used` requests, with `waits` seconds until the window is over."""
    return Count(limit, used <= limit.most, max(0, limit.most - used), max(1, round(waits + 0.499)))


def forget_old(session: Session, *, now: datetime) -> None:
    """Remove windows that are over (a platform session)."""
    session.execute(text("DELETE FROM platform.rate_windows WHERE opened_at < :old"), {"old": now - 10 * WINDOW})
