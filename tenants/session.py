"""Sessions, and the only place that commits.

A tenant's session binds its tenant when PostgreSQL's transaction begins, so pooled connections, savepoints and
later transactions are all covered; outside of one no row of any tenant can be seen (docs/decisions/0002).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, SessionTransaction

from tenants import context
from tenants.errors import NotConnected


@dataclass(frozen=True)
class Urls:
    """Connection strings, one per database role. `pooled`: they lead to a pooler that lends connections by transaction.

    What belongs to a connection isn't used then: prepared statements, and settings that are sent when it begins.
    """

    tenant: str
    platform: str
    pooled: bool = False


class TenantSession(Session):
    """A session that sees one tenant's rows."""


class PlatformSession(Session):
    """A session that sees the installation's own tables, and what named policies open to it."""


class SignerSession(Session):
    """A session of the signer's own role: it reads what it is asked to sign, and writes its answers."""


_engines: dict[str, Engine] = {}
_signer: dict[str, Engine] = {}
_timeouts: dict[str, str] = {}
_BIND = "select set_config('app.tenant_id', %s, true)"
_LIMIT = "select set_config('statement_timeout', %s, true)"


def connect(urls: Urls, *, pool_size: int = 5, statement_timeout: int = 5) -> None:
    """Open the two engines of this process. `statement_timeout` is in seconds. Calling again replaces them."""
    disconnect()
    connecting: dict[str, Any] = {"options": f"-c statement_timeout={statement_timeout}s", "prepare_threshold": 1}
    if urls.pooled:
        connecting, _timeouts["all"] = {"prepare_threshold": None}, f"{statement_timeout}s"
    for role, url in (("tenant", urls.tenant), ("platform", urls.platform)):
        _engines[role] = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=3,
            pool_recycle=1800,
            hide_parameters=True,  # an error's text goes to the log
            connect_args=connecting,
        )


def disconnect() -> None:
    """Close every pooled connection of this process."""
    _timeouts.clear()
    while _engines:
        _engines.popitem()[1].dispose()


def connect_signer(url: str) -> None:
    """Open the signer's engine in this process; no other process of an installation knows its password."""
    disconnect_signer()
    options = "-c statement_timeout=10s"
    _signer["signer"] = create_engine(url, pool_size=1, max_overflow=1, connect_args={"options": options})


def disconnect_signer() -> None:
    """Close the signer's connections of this process."""
    while _signer:
        _signer.popitem()[1].dispose()


def _engine(role: str) -> Engine:
    try:
        return _engines[role]
    except KeyError:
        raise NotConnected from None


@event.listens_for(TenantSession, "after_begin")
def _bind(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(_BIND, (str(session.info["tenant_id"]),), prepare=True)


@event.listens_for(TenantSession, "after_begin")
@event.listens_for(PlatformSession, "after_begin")
def _limit(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Set the time that a statement may take, where a connection can't be told when it begins."""
    driver = connection.connection.driver_connection
    if driver is not None and "all" in _timeouts:
        driver.execute(_LIMIT, (_timeouts["all"],))


@contextmanager
def tenant_session(tenant_id: UUID) -> Iterator[Session]:
    """Yield a session that sees `tenant_id`'s rows alone; commit when the block ends, roll back when it raises."""
    with (
        context.using(tenant_id),
        TenantSession(_engine("tenant"), expire_on_commit=False, info={"tenant_id": tenant_id}) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def platform_session() -> Iterator[Session]:
    """Yield a session on the installation's tables; commit when the block ends, roll back when it raises."""
    with PlatformSession(_engine("platform"), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def signer_session() -> Iterator[Session]:
    """Yield a session with the signer's rights; commit when the block ends, roll back when it raises."""
    if "signer" not in _signer:
        raise NotConnected
    with SignerSession(_signer["signer"], expire_on_commit=False) as session, session.begin():
        yield session


def count_apart(statement: str, values: dict[str, Any]) -> tuple[int, float]:
    """Run one statement of the installation that commits by itself, and return its row: a number and seconds.

    For counters that must hold whatever becomes of the request. No transaction is open before or after it.
    """
    with _engine("platform").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        row = driver.execute(statement, values, prepare=True).fetchone()
    return int(row[0]), float(row[1])
