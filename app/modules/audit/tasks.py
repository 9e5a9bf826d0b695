"""Sealing, beside the work that is recorded."""

import logging
from threading import Event

from app.config import Settings
from app.core import clock
from app.modules.audit import service
from tenants import service as tenancy
from tenants.session import tenant_session

log = logging.getLogger("portico.audit")
EVERY = 15.0  # seconds


def seal(_settings: Settings, _ports: object, stop: Event) -> None:
    """Seal every tenant's new entries, again and again, until stopped."""
    while not stop.is_set():
        try:
            for site in tenancy.sites():
                with tenant_session(site.id) as session:
                    service.seal(session, now=clock.now())
        except Exception:
            log.exception("sealing failed; trying again")
        stop.wait(EVERY)
