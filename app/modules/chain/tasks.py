"""The worker's side: pushing transactions and deployments on, and the loop that follows the chain."""

import logging
import time
from threading import Event
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.tasks import Loop, Task, TaskContext
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import (
    queries,
    service_following,
    tasks_alarming,
    tasks_contracts,
    tasks_deploying,
    tasks_following,
    tasks_pricing,
    tasks_sending,
    tasks_sponsoring,
    tasks_verifying,
    tasks_watching,
)
from tenants import service as tenancy
from tenants.session import platform_session

log = logging.getLogger("portico.chain")

PAUSE = 3.0  # seconds between looks at a chain
PAUSE_HERE = 0.5  # … at the local one
PAUSE_AFTER_TROUBLE = 5.0
GLANCE = 0.2  # seconds after which a resting follower sees that it shall stop
_hint = Event()  # set when somebody said that something happened


def push(context: TaskContext, *, intent_id: str) -> None:
    """Bring a transaction on its way at once; the loop does the rest, also when the node is away now."""
    if service_following.is_frozen(context.settings.chain_id):
        return
    try:
        tasks_sending.push(context, UUID(intent_id))
    except ChainUnavailable as unavailable:
        log.warning("transaction %s waits: %s", intent_id, unavailable)


def deploy(context: TaskContext, *, deployment_id: str) -> None:
    """Begin a deployment at once; the loop does the rest, also when the node is away now."""
    if service_following.is_frozen(context.settings.chain_id):
        return
    try:
        tasks_deploying.advance(context, UUID(deployment_id))
    except ChainUnavailable as unavailable:
        log.warning("deployment %s waits: %s", deployment_id, unavailable)


def look(_context: TaskContext) -> None:
    """Make this process's follower look at once: somebody said that something happened on the chain."""
    _hint.set()


def follow(settings: Any, ports: Any, stop: Event) -> None:
    """Follow the chain and see to everything that is under way on it, until `stop` is set."""
    troubled = False
    while not stop.is_set():
        try:
            tick(settings, ports)
            troubled = False
        except ChainUnavailable as unavailable:
            if not troubled:
                log.warning("the chain can't be followed now: %s", unavailable)
            troubled = True
        except Exception:
            log.exception("following the chain failed; trying again")
            troubled = True
        rest(stop, PAUSE_AFTER_TROUBLE if troubled else PAUSE_HERE if settings.is_local_chain else PAUSE)


def rest(stop: Event, seconds: float) -> bool:
    """Wait until the time is over, `stop` is set, or a hint came; return whether it was a hint."""
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        if _hint.wait(min(left, GLANCE)):
            _hint.clear()
            return True
    return False


def tick(settings: Any, ports: Any) -> None:
    """Look at the chain once, then bring every open transaction and deployment one step on."""
    tasks_watching.look(ports.chain, settings.chain_id, now=clock.now())
    try:
        tasks_following.follow_once(ports.chain, settings.chain_id, now=clock.now)
    except ChainUnavailable as unavailable:
        tasks_watching.note(settings.chain_id, unavailable, now=clock.now())
        raise
    tasks_watching.note(settings.chain_id, None, now=clock.now())
    tend(settings, ports)


def tend(settings: Any, ports: Any) -> None:
    """Bring every open transaction and deployment one step on; one that fails doesn't hold others up.

    While final blocks are lost or nodes contradict themselves, nothing is sent.
    """
    if service_following.is_frozen(settings.chain_id):
        return
    with platform_session() as session:
        work = queries.open_work(session)
    contexts: dict[UUID, TaskContext] = {}
    for tenant_id, kind, row_id in work:
        if tenant_id not in contexts:
            site = tenancy.site(tenant_id)
            contexts[tenant_id] = TaskContext(site=site, ports=ports, settings=settings, now=clock.now)
        try:
            step = tasks_sending.push if kind == "intent" else tasks_deploying.advance
            step(contexts[tenant_id], row_id)
        except ChainUnavailable:
            raise
        except Exception:
            log.exception("%s %s of tenant %s is stuck; trying again", kind, row_id, tenant_id)


TASKS: dict[str, Task] = {
    "chain.push": push,
    "chain.look": look,
    "chain.deploy": deploy,
    "chain.contracts": tasks_contracts.refresh,
}
LOOPS: tuple[Loop, ...] = (
    follow,
    tasks_pricing.watch,
    tasks_verifying.watch,
    tasks_contracts.watch,
    tasks_sponsoring.watch,
    tasks_alarming.watch,
)
