"""Counts what waits in the queue, for the metrics, every few seconds while the worker runs."""

import logging
import threading
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from app.config import Settings
from app.core import metrics

log = logging.getLogger("portico.worker")
EVERY = 15.0  # seconds
COUNTS = "select status::text, count(*) from jobs.procrastinate_jobs group by 1"
OLDEST = """select coalesce(extract(epoch from now() - min(coalesce(j.scheduled_at, e.at))), 0)
from jobs.procrastinate_jobs j join jobs.procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
where j.status = 'todo' and coalesce(j.scheduled_at, now()) <= now()"""


def watch(settings: Settings, _ports: Any, stop: threading.Event) -> None:
    """Look at the queue until told to stop; a database that is away is asked again."""
    while not stop.wait(EVERY):
        try:
            look(settings)
        except psycopg.Error:
            log.warning("the queue could not be counted; trying again")


def look(settings: Settings) -> None:
    """Set the gauges of the queue once. Raises psycopg.Error when the database doesn't answer."""
    url = make_url(settings.queue_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, connect_timeout=5) as connection:
        counted: dict[str, int] = dict(connection.execute(COUNTS).fetchall())
        oldest = connection.execute(OLDEST).fetchone()
    for status in ("todo", "doing", "failed"):
        metrics.jobs_waiting.labels(status).set(counted.get(status, 0))
    metrics.oldest_job.set(float(oldest[0]) if oldest else 0.0)
