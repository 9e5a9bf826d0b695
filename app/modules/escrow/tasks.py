"""The loops that watch the clocks of escrows and compare the books with the contracts."""

import logging
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Any

from app.core import clock
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import service as chain
from app.modules.escrow import queries, service_clock, service_reconciling, tasks_reconciling
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.escrow")

PAUSE = 2.0  # seconds
RECONCILE_EVERY = 300.0  # seconds


def watch(settings: Any, _ports: Any, stop: Event) -> None:
    """Note every clock that runs out, until `stop` is set."""
    while not stop.wait(PAUSE):
        try:
            look(settings, now=clock.now())
        except Exception:
            log.exception("looking at the clocks of escrows failed; trying again")


def reconcile(settings: Any, ports: Any, stop: Event) -> None:
    """Compare every tenant's books with its contracts again and again, until `stop` is set."""
    while not stop.wait(RECONCILE_EVERY):
        for site in tenancy.sites():
            if site.is_installation or stop.is_set():
                continue
            try:
                compare(site, settings, ports, now=clock.now())
            except ChainUnavailable as unavailable:
                log.warning("the books of %s wait to be compared: %s", site.slug, unavailable)
            except Exception:
                log.exception("comparing the books of %s failed; trying again", site.slug)


def compare(site: Site, settings: Any, ports: Any, *, now: datetime) -> tasks_reconciling.Checked:
    """Compare a tenant's books with its contracts once, and keep the result.

    A difference counts when a second look finds it too: between the books and the chain a final block may have come.
    Raises ChainUnavailable.
    """
    found = tasks_reconciling.check(site, ports.chain, settings)
    if found.differences:
        again = tasks_reconciling.check(site, ports.chain, settings)
        both = [one for one in again.differences if one in found.differences]
        found = replace(again, differences=both)
    with tenant_session(site.id) as session:
        service_reconciling.note(
            session, chain_id=settings.chain_id, block=found.block, journals=found.journals, escrows=found.escrows,
            differences=found.differences, now=now,
        )  # fmt: skip
    return found


def look(settings: Any, *, now: datetime) -> None:
    """Note every clock that has run out by the chain's time, in all tenants."""
    instant = chain.chain_time(settings.chain_id, now)
    with platform_session() as session:
        tenants = queries.tenants_past(session, instant=instant)
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            service_clock.note_time(session, instant=instant, now=now)
