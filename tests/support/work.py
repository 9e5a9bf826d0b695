"""The worker of a test: runs everything that is queued, now."""

import asyncio
from typing import Any

from app import registry
from app.config import Settings
from app.worker import run as worker


class World:
    """Runs the queue until nothing is left that is due; failed jobs fail the test."""

    def __init__(self, settings: Settings, ports: Any) -> None:
        self.settings = settings
        self.ports = ports

    def settle(self) -> None:
        """Deliver every event and run every task that is due, and those that follow from them."""
        asyncio.run(self._settle())

    async def _settle(self) -> None:
        jobs = worker.queue(self.settings, handlers=registry.handlers(), tasks=registry.tasks(), ports=self.ports)
        async with jobs.open_async():
            await jobs.run_worker_async(
                wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
            )
            failed = [job async for job in _failed(jobs)]
        assert not failed, f"jobs failed: {failed}"


async def _failed(jobs: Any) -> Any:
    for job in await jobs.job_manager.list_jobs_async(status="failed"):
        yield (job.task_name, job.task_kwargs)
