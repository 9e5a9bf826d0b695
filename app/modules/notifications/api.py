"""One's own notifications through the JSON door."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _
from pydantic import Field

from app.core.scopes import Scope
from app.modules.notifications import queries, rules, service
from app.modules.notifications.errors import NoSuchNotice
from app.modules.notifications.models import Notice
from app.web.access import signed_in
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Body, Done, Shape, operation

api = Blueprint("notifications_api", __name__, url_prefix="/api/notifications")


class Asked(Listed):
    """Which notices."""

    show: Literal["all", "unread"] = "all"


class NoticeShown(Shape):
    """A notice in words, and where it leads."""

    id: UUID
    kind: str
    title: str
    text: str
    url: str
    at: datetime
    read_at: datetime | None


class Notices(Shape):
    """A part of the list of notices, newest first."""

    notifications: list[NoticeShown]
    total: int
    has_more: bool
    unread: int


class Wishes(Shape):
    """The topics about which a person gets e-mail; `always` can't be turned off."""

    topics: list[str]
    always: list[str]


class NewWishes(Body):
    """The topics about which to send e-mail."""

    topics: list[str] = Field(max_length=50)


@api.get("")
@operation(summary="List your notices", query=Asked, answer=Notices, scope=Scope.READ)
@signed_in
def index(asked: Asked) -> Notices:
    """Answer with what you were told."""
    user_id = current.actor.require_id()
    found = queries.notices(current.session, user_id, asked.page, unread_only=asked.show == "unread")
    return Notices(
        notifications=[_shown(notice) for notice in found.items],
        total=found.total,
        has_more=found.has_more,
        unread=queries.unread(current.session, user_id),
    )


@api.post("/<uuid:notice_id>/read")
@operation(
    summary="Mark a notice as read", answer=NoticeShown, scope=Scope.PROFILE, key="honoured", problems=[NoSuchNotice]
)
@signed_in
def read(notice_id: UUID) -> NoticeShown:
    """Mark one of your notices as read."""
    return _shown(service.mark_read(current.session, actor=current.actor, notice_id=notice_id, now=current.now))


@api.post("/read")
@operation(summary="Mark every notice as read", answer=Done, scope=Scope.PROFILE, key="honoured")
@signed_in
def read_all() -> Done:
    """Mark all of your notices as read."""
    service.mark_all_read(current.session, actor=current.actor, now=current.now)
    return Done()


@api.get("/wishes")
@operation(summary="What is e-mailed to you", answer=Wishes, scope=Scope.READ)
@signed_in
def wishes() -> Wishes:
    """Answer with the topics about which you get e-mail."""
    return _wishes()


@api.put("/wishes")
@operation(
    summary="Choose what is e-mailed to you",
    body=NewWishes,
    answer=Wishes,
    scope=Scope.PROFILE,
    key="honoured",
    example={"topics": ["investments"]},
)
@signed_in
def wish(sent: NewWishes) -> Wishes:
    """Choose the topics about which you get e-mail; unknown ones are left out."""
    service.wish(current.session, actor=current.actor, topics=frozenset(sent.topics) & frozenset(rules.TOPICS))
    return _wishes()


def _wishes() -> Wishes:
    muted = queries.muted(current.session, current.actor.require_id())
    wanted = [topic for topic in rules.TOPICS if topic not in muted or topic in rules.UNMUTABLE]
    return Wishes(topics=wanted, always=sorted(rules.UNMUTABLE))


def _shown(notice: Notice) -> NoticeShown:
    kind = rules.KINDS[notice.kind]
    return NoticeShown(
        id=notice.id,
        kind=notice.kind,
        title=rules.filled(_(kind.title), notice.words),
        text=rules.filled(_(kind.line), notice.words),
        url=notice.url,
        at=notice.created_at,
        read_at=notice.read_at,
    )
