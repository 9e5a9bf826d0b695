"""What the installation counts about itself, by Prometheus's rules for names. Labels never hold what a person typed.

With `PROMETHEUS_MULTIPROC_DIR` set (scripts/up does) all processes write there, and one page tells of all of them.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("portico_http_requests", "Requests answered.", ["tenant", "method", "status"])
request_seconds = Histogram("portico_http_request_seconds", "Time to answer.", ["endpoint"], buckets=SECONDS)
statement_seconds = Histogram("portico_db_statement_seconds", "Time of a SQL statement.", buckets=SECONDS)
slow_statements = Counter("portico_db_slow_statements", "Statements slower than PORTICO_SLOW_QUERY_MS.")
jobs_done = Counter("portico_jobs", "Jobs that were tried.", ["task", "outcome"])
job_seconds = Histogram("portico_job_seconds", "Time of a job.", ["task"], buckets=(*SECONDS, 30, 60, 300))
jobs_waiting = Gauge("portico_jobs_waiting", "Jobs in the queue.", ["status"], multiprocess_mode="mostrecent")
oldest_job = Gauge(
    "portico_jobs_oldest_due_seconds", "How long the oldest due job has been waiting.", multiprocess_mode="mostrecent"
)
chain_block = Gauge(
    "portico_chain_block", "Followed and final block.", ["chain", "which"], multiprocess_mode="mostrecent"
)
chain_age = Gauge(
    "portico_chain_followed_age_seconds",
    "Since the chain was last followed.",
    ["chain"],
    multiprocess_mode="mostrecent",
)


@contextmanager
def job(task: str) -> Iterator[None]:
    """Count and time a job; one that raises counts as failed."""
    begin, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        jobs_done.labels(task, outcome).inc()
        job_seconds.labels(task).observe(time.perf_counter() - begin)


def exposition() -> bytes:
    """Return all figures in Prometheus's text format, those of every process where they share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared)
