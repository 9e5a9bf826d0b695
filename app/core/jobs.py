"""Work for later: a job is added on the connection of the transaction that asks for it, so both commit or neither."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants import context

_DEFER = text(
    """SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, 0, CAST(:lock AS text), CAST(:queueing_lock AS text), CAST(:args AS jsonb),
        CAST(:run_at AS timestamptz))::jobs.procrastinate_job_to_defer_v1])"""
)


def later(
    session: Session,
    task: str,
    *,
    run_at: datetime | None = None,
    lock: str | None = None,
    queue: str = "default",
    **arguments: str | int | bool | None,
) -> None:
    """Run the task `task` of the current tenant after this transaction, not before `run_at`.

    Jobs with the same `lock` of a tenant run one after another. Arguments are ids and plain values, never rows.
    """
    tenant_id = str(context.tenant_id())
    values: dict[str, Any] = {
        "queue": queue,
        "task": task,
        "lock": f"{tenant_id}:{lock}" if lock else None,
        "queueing_lock": None,
        "args": json.dumps({"tenant_id": tenant_id, **arguments}),
        "run_at": run_at,
    }
    session.execute(_DEFER, values)
