"""The record, for those who answer for the site: search it, check it, take it away as a file."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.modules.audit import queries, rules, rules_words, service
from app.modules.audit.models import AuditEntry
from app.modules.audit.permissions import POLICY, Perm
from app.modules.audit.queries import Wanted
from app.modules.audit.views_files import filled, lines_csv, lines_json
from app.web.access import requires
from app.web.current import current
from app.web.theming import page

pages = Blueprint("audit", __name__, url_prefix="/manage/audit")
READ = requires(Perm.READ, POLICY)
SHOWN = 50


@pages.get("")
@READ
def index() -> ResponseReturnValue:
    """List entries, the newest first; the next page begins behind the last entry of this one."""
    mark = queries.place_of(current.session, request.args.get("before", ""))
    rows = queries.behind(current.session, _wanted(), mark, SHOWN + 1)
    shown, asked = rows[:SHOWN], _asked()
    return page(
        "audit/index.html",
        entries=shown,
        older=_url("audit.index", before=shown[-1][0].id) if len(rows) > SHOWN else "",
        newest=_url("audit.index") if mark else "",
        subjects=[(kind, _(words)) for kind, words in sorted(rules_words.SUBJECTS.items())],
        acts=[(name, _(words)) for name, words in rules_words.ACTIONS.items()],
        said=lambda entry: _(rules_words.action(entry.action)),
        about=lambda entry: _(rules_words.subject(entry.subject_kind)),
        changes=_changes,
        asked=asked,
        csv_url=_url("audit.export"),
        json_url=_url("audit.export_json"),
    )


@pages.get("/check")
@READ
def check() -> ResponseReturnValue:
    """Recompute a part of the chain of hashes and say whether it holds; compare it with a hash that was kept."""
    head = service.head(current.session)
    newest = head.number if head else 0
    first = rules.first_link(request.args.get("from", 1, type=int), newest)
    kept_number, kept_hash = request.args.get("number", 0, type=int), request.args.get("hash", "").strip().lower()
    return page(
        "audit/check.html",
        checked=service.check(current.session, first=first, most=rules.CHECKED_AT_ONCE),
        first=first,
        head=head,
        next_first=rules.next_part(first, newest),
        kept=(kept_number, kept_hash) if kept_hash else None,
        same=service.is_sealed(current.session, number=kept_number, hash_=kept_hash),
    )


@pages.get("/entries.csv")
@READ
def export() -> ResponseReturnValue:
    """Return the entries asked for as a table."""
    _note("csv")
    lines = lines_csv(current.site.id, _wanted())
    return _file(lines, "csv", "text/csv; charset=utf-8")


@pages.get("/entries.json")
@READ
def export_json() -> ResponseReturnValue:
    """Return the entries asked for as a JSON array."""
    _note("json")
    return _file(lines_json(current.site.id, _wanted()), "json", "application/json")


@pages.get("/sealed.jsonl")
@READ
def export_sealed() -> ResponseReturnValue:
    """Return every sealed entry with its hash, for `portico audit verify`."""
    _note("sealed")
    return _file(filled(current.site, now=current.now), "jsonl", "application/jsonl")


def _file(lines: Any, ending: str, kind: str) -> Response:
    name = f"record-{current.site.slug}-{current.now:%Y-%m-%d}.{ending}"
    answer = Response(lines, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _note(kind: str) -> None:
    service.record(
        current.session,
        actor=current.actor,
        action="audit.exported",
        subject_kind="audit",
        subject_id="entries",
        after={"format": kind, **_asked()},
        now=current.now,
    )


def _changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    before, after = entry.before or {}, entry.after or {}
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in sorted({*before, *after})]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _asked() -> dict[str, str]:
    names = ("q", "who", "act", "area", "thing", "since", "until")
    return {name: value for name in names if (value := request.args.get(name, "").strip().replace("\x00", ""))}


def _url(endpoint: str, **values: Any) -> str:
    parameters: dict[str, Any] = {**values, **_asked()}
    return url_for(endpoint, **parameters)


def _wanted() -> Wanted:
    asked = _asked()
    return Wanted(
        text=asked.get("q", "")[:200],
        who=asked.get("who", "")[:200],
        act=asked.get("act", ""),
        area=asked.get("area", ""),
        thing=asked.get("thing", "")[:200],
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
