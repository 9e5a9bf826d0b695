"""The loop that watches the clocks of escrows."""

import logging
from datetime import datetime
from threading import Event
from typing import Any

from app.core import clock
from app.modules.chain import service as chain
from app.modules.escrow import queries, service_clock
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.escrow")

PAUSE = 2.0  # seconds


def watch(settings: Any, _ports: Any, stop: Event) -> None:
    """Note every clock that runs out, until `stop` is set."""
    while not stop.wait(PAUSE):
        try:
            look(settings, now=clock.now())
        except Exception:
            log.exception("looking at the clocks of escrows failed; trying again")


def look(settings: Any, *, now: datetime) -> None:
    """Note every clock that has run out by the chain's time, in all tenants."""
    instant = chain.chain_time(settings.chain_id, now)
    with platform_session() as session:
        tenants = queries.tenants_past(session, instant=instant)
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            service_clock.note_time(session, instant=instant, now=now)
