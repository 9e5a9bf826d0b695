"""The worker: takes jobs from the queue, delivers events, runs tasks, and keeps the modules' loops going."""

import asyncio
import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from procrastinate import App, PsycopgConnector, RetryStrategy
from sqlalchemy.engine import make_url

from app.config import Settings
from app.core import clock, logs, metrics
from app.core.tasks import Loop, Task, TaskContext
from app.worker import queue_watch
from app.worker.deliver import Handlers, deliver
from tenants import service as tenancy

log = logging.getLogger("portico.worker")

RETRY = RetryStrategy(max_attempts=12, wait=1, exponential_wait=2)
CONCURRENCY = 4
STALLED_AFTER = 15.0  # seconds without a heartbeat after which a killed worker's jobs are taken up again


def queue(settings: Settings, *, handlers: Handlers, tasks: Mapping[str, Task], ports: Any) -> App:
    """Return the queue with every task the product has."""
    url = make_url(settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
    jobs = App(connector=PsycopgConnector(conninfo=url))

    @jobs.task(name="outbox.deliver", retry=RETRY)
    def _deliver(tenant_id: str, event_id: str) -> None:
        with logs.about(event_id), metrics.job("outbox.deliver"):
            deliver(handlers, tenant_id=UUID(tenant_id), event_id=UUID(event_id))

    for name, task in tasks.items():
        jobs.task(name=name, retry=RETRY)(_in_context(name, task, settings, ports))
    return jobs


def _in_context(name: str, task: Task, settings: Settings, ports: Any) -> Any:
    def run(tenant_id: str, **arguments: Any) -> None:
        with logs.about(secrets.token_hex(8)), metrics.job(name):
            site = tenancy.site(UUID(tenant_id))
            task(TaskContext(site=site, ports=ports, settings=settings, now=clock.now), **arguments)

    return run


def run(jobs: App, *, loops: Sequence[Loop], settings: Settings, ports: Any) -> None:
    """Work until told to stop (SIGTERM, SIGINT). Loops run beside in threads of their own."""
    stop = threading.Event()
    every = (*loops, queue_watch.watch)
    threads = [threading.Thread(target=loop, args=(settings, ports, stop), daemon=True) for loop in every]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_work(jobs))
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)


def drain(jobs: App) -> None:
    """Do every job that is due now, and those that follow from them, then return."""
    asyncio.run(_drain(jobs))


async def _drain(jobs: App) -> None:
    async with jobs.open_async():
        await jobs.run_worker_async(
            wait=False,
            concurrency=CONCURRENCY,
            install_signal_handlers=False,
            listen_notify=False,
            delete_jobs="successful",
        )


async def _work(jobs: App) -> None:
    async with jobs.open_async():
        rescue = asyncio.create_task(_rescue(jobs))
        try:
            await jobs.run_worker_async(
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=5.0,
                stalled_worker_timeout=STALLED_AFTER,
                delete_jobs="successful",
                shutdown_graceful_timeout=10.0,
            )
        finally:
            rescue.cancel()


async def _rescue(jobs: App) -> None:
    """Put the jobs of killed workers back into the queue."""
    while True:
        try:
            for job in await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
                await jobs.job_manager.retry_job(job)
                log.warning("job %s of a lost worker is queued again", job.id)
        except Exception:
            log.exception("looking for stalled jobs failed; trying again")
        await asyncio.sleep(5)
