"""The record as files, written line by line while they are sent: nothing of it is held in memory.

Each file reads in a transaction of its own, since the request's ends before the first line leaves.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.modules.audit import queries, service
from app.modules.audit.models import AuditEntry
from app.modules.audit.queries import Wanted
from tenants.service import Site
from tenants.session import tenant_session

HEAD = ("number", "at", "actor", "actor_id", "from", "action", "about", "id", "before", "after")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def lines_csv(tenant_id: UUID, wanted: Wanted) -> Iterator[str]:
    """Yield the entries as rows of a table; no cell runs in a spreadsheet."""
    yield _row(HEAD)
    with tenant_session(tenant_id) as session:
        for entry, number in queries.export(session, wanted):
            about = (entry.subject_kind, entry.subject_id, _json(entry.before), _json(entry.after))
            at = entry.at.astimezone(UTC).isoformat()
            who = (entry.actor_name, entry.actor_id or "", entry.remote)
            yield _row((number or "", at, *who, entry.action, *about))


def lines_json(tenant_id: UUID, wanted: Wanted) -> Iterator[str]:
    """Yield the entries as one JSON array, an entry a line."""
    between = "[\n"
    with tenant_session(tenant_id) as session:
        for entry, number in queries.export(session, wanted):
            yield between + json.dumps(_entry(entry, number), ensure_ascii=False)
            between = ",\n"
    yield "\n]\n" if between == ",\n" else "[]\n"


def filled(site: Site, *, now: datetime) -> Iterator[str]:
    """Yield the sealed record of a site, for the verifier."""
    with tenant_session(site.id) as session:
        yield from service.sealed_file(session, site=site.slug, now=now)


def _entry(entry: AuditEntry, number: int | None) -> dict[str, Any]:
    return {
        "number": number,
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor_name,
        "actorId": str(entry.actor_id) if entry.actor_id else None,
        "from": entry.remote,
        "action": entry.action,
        "about": entry.subject_kind,
        "aboutId": entry.subject_id,
        "before": entry.before,
        "after": entry.after,
    }


def _row(cells: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(str(cell)) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    """Return the cell so that a spreadsheet shows it instead of running it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _json(values: dict[str, Any] | None) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False, sort_keys=True)
