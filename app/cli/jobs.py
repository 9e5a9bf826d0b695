"""The operator's commands for the queue: `portico jobs …`."""

import asyncio
import json

import click
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy.engine import make_url

from app.config import Settings
from app.core import clock


@click.group()
def jobs() -> None:
    """Look after work that failed."""


@jobs.command(name="list")
@click.option("--status", type=click.Choice(["failed", "todo", "doing"]), default="failed", show_default=True)
@click.pass_obj
def list_(settings: Settings, status: str) -> None:
    """List jobs in a state, oldest first."""
    found = asyncio.run(_listed(settings, status))
    for job in found:
        click.echo(_line(job))
    click.echo(f"{len(found)} {status}")


@jobs.command()
@click.argument("job_id", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Every job that failed.")
@click.pass_obj
def retry(settings: Settings, job_id: int | None, every: bool) -> None:
    """Try a failed job again, or all of them."""
    if every == (job_id is not None):
        raise click.UsageError("Give a job's number, or --all.")
    chosen = [job for job in asyncio.run(_listed(settings, "failed")) if every or job.id == job_id]
    if not chosen and not every:
        raise click.ClickException(f"No failed job has the number {job_id}.")
    asyncio.run(_again(settings, chosen))
    click.echo(f"{len(chosen)} jobs are queued again")


async def _listed(settings: Settings, status: str) -> list[Job]:
    async with _queue(settings).open_async() as queue:
        return list(await queue.job_manager.list_jobs_async(status=status))


async def _again(settings: Settings, chosen: list[Job]) -> None:
    async with _queue(settings).open_async() as queue:
        for job in chosen:
            await queue.job_manager.retry_job(job, retry_at=clock.now())


def _queue(settings: Settings) -> App:
    url = make_url(settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return App(connector=PsycopgConnector(conninfo=url))


def _line(job: Job) -> str:
    return f"{job.id}  {job.task_name}  tries {job.attempts}  {json.dumps(job.task_kwargs, sort_keys=True)}"
