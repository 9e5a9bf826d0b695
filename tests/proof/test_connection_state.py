"""A pooled connection forgets whose it was: two tenants take turns on one, and everything that can go wrong goes wrong.

After every turn the connection that goes back to the pool has no tenant, and the next to use it sees its own rows.
"""

import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from app.config import Settings
from app.core import clock
from app.modules.accounts.models import User
from tenants import session as sessions
from tenants.service import Site
from tenants.session import tenant_session
from tests.factories.people import UserFactory
from tests.support import pgbouncer, tally

TURNS = 20_000 if os.environ.get("PORTICO_DEEP") else 2_000
THREADS = 2  # as many as there are connections


class Abandoned(Exception):
    """A view that broke."""


def _works(session: Session) -> None:
    session.execute(text("select 1"))


def _breaks(_session: Session) -> None:
    raise Abandoned


def _breaks_in_the_database(session: Session) -> None:
    session.execute(text("select 1 / 0"))


def _goes_back_a_step(session: Session) -> None:
    with pytest.raises(Abandoned), session.begin_nested():
        raise Abandoned


def _takes_too_long(session: Session) -> None:
    session.execute(text("set local statement_timeout = '1ms'"))
    session.execute(text("select pg_sleep(5)"))


def _is_cancelled(session: Session) -> None:
    driver: Any = session.connection().connection.driver_connection
    timer = threading.Timer(0.002, driver.cancel)
    timer.start()
    try:
        session.execute(text("select pg_sleep(0.05)"))
    finally:
        timer.join()


def _leaves_rows_unread(session: Session) -> None:
    session.execute(text("select * from generate_series(1, 1000)")).fetchone()


def _is_cut_off(session: Session) -> None:
    session.execute(text("select pg_terminate_backend(pg_backend_pid())"))


MISHAPS = (
    *[_works] * 6,
    _breaks,
    _breaks_in_the_database,
    _goes_back_a_step,
    _takes_too_long,
    _is_cancelled,
    _leaves_rows_unread,
    _is_cut_off,
)


@pytest.fixture
def one_connection(settings: Settings, database: None) -> Iterator[list[str | None]]:
    """Let everybody share few connections; what each had as its tenant when it came back is listed."""
    returned: list[str | None] = []

    def look(driver: Any, _record: Any) -> None:
        if driver is None or driver.closed:
            return
        returned.append(driver.execute("select current_setting('app.tenant_id', true)").fetchone()[0])
        driver.rollback()

    sessions.connect(settings.urls, pool_size=1)
    event.listen(Pool, "checkin", look)
    yield returned
    event.remove(Pool, "checkin", look)
    sessions.connect(settings.urls)


def somebody(site: Site) -> UUID:
    with tenant_session(site.id) as session:
        user = UserFactory(name=site.slug, email=f"somebody@{site.slug}.example", created_at=clock.now(), password="")
        session.add(user)
        return user.id


def turn(site: Site, chance: random.Random, seen: Counter[str]) -> None:
    """Look at the people, and have a mishap; look again in a session of its own."""
    mishap = chance.choice(MISHAPS)
    try:
        with tenant_session(site.id) as session:
            assert list(session.scalars(select(User.name))) == [site.slug]
            mishap(session)
    except (Abandoned, DBAPIError):
        seen["refused"] += 1
    seen[mishap.__name__] += 1


def test_two_tenants_on_one_connection_never_meet(acme: Site, zeta: Site, one_connection: list[str | None]) -> None:
    take_turns(acme, zeta)
    assert {value for value in one_connection if value} == set()
    assert len(one_connection) > TURNS // 3
    tally.count("B03 turns of two tenants on shared connections", TURNS)


@pytest.fixture
def through_a_pooler(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bool]:
    """Let everybody share the two connections of PgBouncer in transaction mode; tell whether there is one here."""
    if not pgbouncer.is_there():
        yield False
        return
    with pgbouncer.running(settings, tmp_path_factory.mktemp("pgbouncer"), connections=THREADS) as pooled:
        sessions.connect(pooled, pool_size=4 * THREADS)
        yield True
        sessions.connect(settings.urls)


def test_two_tenants_behind_a_pooler_never_meet(acme: Site, zeta: Site, through_a_pooler: bool) -> None:
    if not through_a_pooler:  # scripts/test --packages installs it
        tally.count("B03 turns of two tenants through PgBouncer (not on this machine)", 0)
        return
    take_turns(acme, zeta)
    with tenant_session(acme.id) as session:
        assert session.scalar(text("show statement_timeout")) == "5s"
    tally.count("B03 turns of two tenants through PgBouncer", TURNS)


def take_turns(acme: Site, zeta: Site) -> None:
    """Let two threads work for two tenants by turns, with every mishap; what either sees is its own."""
    for site in (acme, zeta):
        somebody(site)
    seen: Counter[str] = Counter()
    failures: list[str] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(TURNS // THREADS):
            try:
                turn((acme, zeta)[(number + seed) % 2], chance, seen)
            except AssertionError as error:
                failures.append(str(error)[:300])
                return

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(seen[mishap.__name__] > TURNS // 100 for mishap in MISHAPS), seen
