"""Work of the tokens that no request waits for."""

import logging
from threading import Event

from app.config import Settings
from app.core import clock, idempotency, limits
from app.modules.tokens import service
from tenants import service as tenancy
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.tokens")
EVERY = 3600.0  # seconds


def tidy(_settings: Settings, _ports: object, stop: Event) -> None:
    """Remove what has expired, once an hour, until stopped."""
    while not stop.is_set():
        try:
            for site in tenancy.sites():
                with tenant_session(site.id) as session:
                    service.forget_expired(session, now=clock.now())
                    idempotency.forget_old(session, now=clock.now())
            with platform_session() as session:
                limits.forget_old(session, now=clock.now())
        except Exception:
            log.exception("tidying failed; trying again later")
        stop.wait(EVERY)
