"""The record, for those who answer for the site: search it, check it, take it away as a table."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from app.core.pagination import Page
from app.modules.audit import queries, service
from app.modules.audit.models import AuditEntry
from app.modules.audit.permissions import POLICY, Perm
from app.modules.audit.queries import Wanted
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("audit", __name__, url_prefix="/manage/audit")
HEAD = ("number", "at", "actor", "actor_id", "from", "action", "about", "id", "before", "after")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pages.get("")
@requires(Perm.READ, POLICY)
def index() -> ResponseReturnValue:
    """List entries, the newest first."""
    wanted, asked = _wanted(), _asked()
    found = queries.entries(current.session, wanted, Page.numbered(request.args.get("page", 1, type=int), limit=50))
    return page(
        "audit/index.html",
        entries=found,
        areas_named=[(area, area) for area in queries.areas(current.session)],
        changes=_changes,
        asked=asked,
        csv_url=_url("audit.export"),
        page_url=lambda number: _url("audit.index", page=number),
    )


@pages.get("/check")
@requires(Perm.READ, POLICY)
def check() -> ResponseReturnValue:
    """Recompute the chain of hashes and say whether it holds."""
    return page("audit/check.html", checked=service.check(current.session))


@pages.get("/entries.csv")
@requires(Perm.READ, POLICY)
def export() -> ResponseReturnValue:
    """Return the entries asked for as a table."""
    text = "".join(_lines(queries.export(current.session, _wanted())))
    name = f"record-{current.site.slug}-{current.now:%Y-%m-%d}.csv"
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    service.record(
        current.session,
        actor=current.actor,
        action="audit.exported",
        subject_kind="audit",
        subject_id="entries",
        after=_asked(),
        now=current.now,
    )
    return answer


def _changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    before, after = entry.before or {}, entry.after or {}
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in sorted({*before, *after})]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _lines(rows: Iterator[tuple[AuditEntry, int | None]]) -> Iterator[str]:
    yield _line(HEAD)
    for entry, number in rows:
        about = (entry.subject_kind, entry.subject_id, _json(entry.before), _json(entry.after))
        at = entry.at.astimezone(UTC).isoformat()
        yield _line((number or "", at, entry.actor_name, entry.actor_id or "", entry.remote, entry.action, *about))


def _line(cells: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(str(cell)) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    """Return the cell so that a spreadsheet shows it instead of running it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _json(values: dict[str, Any] | None) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False, sort_keys=True)


def _asked() -> dict[str, str]:
    return {name: value for name in ("q", "area", "since", "until") if (value := request.args.get(name, "").strip())}


def _url(endpoint: str, **values: Any) -> str:
    parameters: dict[str, Any] = {**values, **_asked()}
    return url_for(endpoint, **parameters)


def _wanted() -> Wanted:
    asked = _asked()
    return Wanted(
        text=asked.get("q", "")[:200],
        area=asked.get("area", ""),
        since=_start(asked.get("since", "")),
        until=_start(asked.get("until", ""), days=1),
    )


def _start(day: str, *, days: int = 0) -> datetime | None:
    """Return when a day begins in the site's time zone, or None if it isn't one."""
    try:
        wanted = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(wanted, time.min, ZoneInfo(current.site.settings.time_zone))
