"""The record through the JSON door, for those who answer for the site."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import AwareDatetime, Field

from app.core.scopes import Scope
from app.modules.audit import queries, rules, service
from app.modules.audit.errors import NoSuchSeal
from app.modules.audit.permissions import POLICY, Perm
from app.modules.audit.queries import Wanted
from app.web.access import requires
from app.web.current import current
from app.web.lists import BadCursor, Followed, after, cursor
from app.web.operations import Body, Shape, operation

api = Blueprint("audit_api", __name__, url_prefix="/api/admin/audit")


class Asked(Followed):
    """Which entries: by text in who, what or about what; by kind of thing; by time."""

    search: str = Field("", max_length=100)
    area: str = Field("", max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Entry(Shape):
    """One thing that was done; `number` is its place in the sealed chain, none while it waits for its seal."""

    id: UUID
    number: int | None
    at: datetime
    actor_id: UUID | None
    actor: str
    remote: str
    action: str
    subject_kind: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Entries(Shape):
    """A part of the record, newest first. `next` asks for the part behind it, none at the end."""

    entries: list[Entry]
    next: str | None


class AskedCheck(Body):
    """From which link on; and the number and hash of a link that was kept elsewhere, to compare with."""

    first: int = Field(1, ge=1, le=2**62)
    number: int = Field(0, ge=0, le=2**62)
    hash: str = Field("", max_length=64)


class Seals(Shape):
    """Whether the chain holds: `links` were recomputed, and it breaks at `brokenAt`, or holds.

    `next` is the link to go on with, none at the end. `head` is the number and hash of the newest link; `same` says
    whether the link that was asked about still has the hash that was kept.
    """

    holds: bool
    links: int
    broken_at: int | None
    next: int | None
    head_number: int | None
    head_hash: str | None
    same: bool | None


@api.get("")
@operation(summary="Read the record", query=Asked, answer=Entries, scope=Scope.OFFICE_READ, problems=[BadCursor])
@requires(Perm.READ, POLICY)
def index(asked: Asked) -> Entries:
    """Answer with what was done. The cursor holds its place while new entries come."""
    wanted = Wanted(text=asked.search, area=asked.area, since=asked.since, until=asked.until)
    rows = queries.behind(current.session, wanted, after(asked.cursor), asked.limit + 1)
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    return Entries(
        entries=[
            Entry(
                id=entry.id,
                number=number,
                at=entry.at,
                actor_id=entry.actor_id,
                actor=entry.actor_name,
                remote=entry.remote,
                action=entry.action,
                subject_kind=entry.subject_kind,
                subject_id=entry.subject_id,
                before=entry.before,
                after=entry.after,
            )
            for entry, number in shown
        ],
        next=cursor(shown[-1][0].at, shown[-1][0].id) if more else None,
    )


@api.get("/check")
@operation(
    summary="Check the record's seals", query=AskedCheck, answer=Seals, scope=Scope.OFFICE_READ, problems=[NoSuchSeal]
)
@requires(Perm.READ, POLICY)
def check(asked: AskedCheck) -> Seals:
    """Recompute a part of the chain of hashes over the record, and compare a link with what was kept of it.

    Asked to begin behind the newest link, it begins with that one.
    """
    head = service.head(current.session)
    newest = head.number if head else 0
    first = rules.first_link(asked.first, newest)
    found = service.check(current.session, first=first, most=rules.CHECKED_AT_ONCE)
    return Seals(
        holds=found.holds,
        links=found.links,
        broken_at=found.broken_at,
        next=rules.next_part(first, newest) or None,
        head_number=head.number if head else None,
        head_hash=head.hash.hex() if head else None,
        same=service.is_sealed(current.session, number=asked.number, hash_=asked.hash) if asked.hash else None,
    )
