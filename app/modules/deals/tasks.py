"""What happens to deals by the clock, and what their sales on the chain need."""

import logging
from datetime import datetime
from threading import Event
from typing import Any
from uuid import UUID

from app.core import clock, permissions
from app.core.tasks import TaskContext
from app.modules.chain import service as chain
from app.modules.deals import queries_sale, service
from app.modules.deals.rules import Status
from tenants.session import platform_session, tenant_session

log = logging.getLogger("portico.deals")

PAUSE = 2.0  # seconds


def start(context: TaskContext, *, deal_id: str) -> None:
    """Open a scheduled deal whose opening time has come; anything else has been done by somebody before."""
    with context.session() as session:
        deal = service.load(session, UUID(deal_id), lock=True)
        if deal.status == Status.SCHEDULED:
            service.start(session, actor=permissions.system(context.tenant_id), deal_id=deal.id, now=context.now())


def close_when_due(context: TaskContext, *, deal_id: str) -> None:
    """End an offer whose closing time has passed."""
    with context.session() as session:
        deal, now = service.load(session, UUID(deal_id), lock=True), context.now()
        due = deal.closes_at is not None and deal.closes_at <= now
        if due and deal.status in (Status.OPEN, Status.PAUSED):
            service.close(session, actor=permissions.system(context.tenant_id), deal_id=deal.id, now=now)


def watch(settings: Any, _ports: Any, stop: Event) -> None:
    """Bring every sale that something is wanted of one step on, until `stop` is set."""
    while not stop.wait(PAUSE):
        try:
            look(settings, now=clock.now())
        except Exception:
            log.exception("looking at the sales of deals failed; trying again")


def look(settings: Any, *, now: datetime) -> None:
    """Ask for what each sale needs now, in all tenants; one that fails doesn't hold others up."""
    with platform_session() as session:
        work = queries_sale.sales_with_work(session)
    instant = chain.health(settings.chain_id, now).head_time if work else None
    for tenant_id, deal_id in work:
        try:
            with tenant_session(tenant_id) as session:
                actor = permissions.system(tenant_id)
                service.conclude(session, actor=actor, deal_id=deal_id, instant=instant, now=now)
        except Exception:
            log.exception("the sale of deal %s of tenant %s is stuck; trying again", deal_id, tenant_id)
