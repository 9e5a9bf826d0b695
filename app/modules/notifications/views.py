"""A person's notifications, and the page that shows what a local installation would have mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_time, to_user_timezone
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.pagination import Page
from app.core.permissions import Actor
from app.modules.notifications import queries, rules, service, service_mail
from app.modules.notifications.forms import WishesForm
from app.modules.notifications.models import Mail, Notice
from app.web.access import public, signed_in
from app.web.current import current
from app.web.theming import page
from tenants.service import Site

pages = Blueprint("notifications", __name__)
outbox = Blueprint("outbox", __name__)

MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation"


@dataclass(frozen=True)
class Line:
    """A notice in words."""

    title: str
    note: str
    icon: str
    url: str
    unread: bool
    time: str


@pages.get("/notifications")
@signed_in
def index() -> str:
    number, unread_only = request.args.get("page", 1, type=int), request.args.get("show") == "unread"
    asked = Page.numbered(number)
    found = queries.notices(current.session, current.actor.require_id(), asked, unread_only=unread_only)
    return page(
        "notifications/index.html",
        found=found,
        days=_by_day(found.items),
        unread=service.unread(current.session, current.actor),
        unread_only=unread_only,
        url_of_page=lambda number: url_for("notifications.index", page=number, show=request.args.get("show")),
    )


@pages.get("/notifications/<uuid:notice_id>")
@signed_in
def follow(notice_id: UUID) -> ResponseReturnValue:
    notice = service.mark_read(current.session, actor=current.actor, notice_id=notice_id, now=current.now)
    return redirect(notice.url, 303)


@pages.post("/notifications/read")
@signed_in
def read_all() -> ResponseReturnValue:
    service.mark_all_read(current.session, actor=current.actor, now=current.now)
    return redirect(url_for("notifications.index"), 303)


@pages.get("/notifications/badge")
@signed_in
def badge() -> str:
    return page("parts/unread.html")  # the shell around every page counts


@pages.get("/notifications/wishes")
@signed_in
def wishes() -> str:
    muted = queries.muted(current.session, current.actor.require_id())
    form = WishesForm(topics=[topic for topic in rules.TOPICS if topic not in muted])
    return page("notifications/wishes.html", form=form.offer())


@pages.post("/notifications/wishes")
@signed_in
def change_wishes() -> ResponseReturnValue:
    form = WishesForm().offer()
    if not form.validate():
        return page("notifications/wishes.html", form=form), 422
    service.wish(current.session, actor=current.actor, topics=frozenset(form.topics.data or ()))
    flash(_("Your choice is kept."), "ok")
    return redirect(url_for("notifications.wishes"), 303)


@outbox.get("/outbox")
@public
def mails() -> str:
    _only_here()
    found = queries.mails(current.session, Page.numbered(request.args.get("page", 1, type=int)))
    written = [(mail, _written(mail)) for mail in found.items]
    return page(
        "notifications/outbox.html",
        found=found,
        mails=written,
        url_of_page=lambda number: url_for("outbox.mails", page=number),
    )


@outbox.get("/outbox/<uuid:mail_id>")
@public
def mail(mail_id: UUID) -> Response:
    _only_here()
    found = current.session.get(Mail, (current.site.id, mail_id))
    if found is None:
        raise NotFound
    answer = Response(_written(found).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


def unread(session: Session, actor: Actor) -> int:
    """Return the number at the bell."""
    return service.unread(session, actor)


def shows_mail(_actor: Actor, _site: Site) -> bool:
    """Tell whether the local outbox page exists here."""
    return current.settings.shows_mail


def _only_here() -> None:
    """Refuse where mails really leave, or where others than the machine's owner could read them."""
    if not current.settings.shows_mail:
        raise NotFound


def _written(found: Mail) -> service_mail.Written:
    return service_mail.written(found, site=current.site, settings=current.settings)


def _by_day(notices: Sequence[Notice]) -> list[tuple[str, date, list[Line]]]:
    """Return the notices in words under the day they came, in the site's time zone."""
    today = to_user_timezone(current.now).date()
    names = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    days = groupby(notices, key=lambda notice: to_user_timezone(notice.created_at).date())
    return [(names.get(day, ""), day, [_line(notice) for notice in some]) for day, some in days]


def _line(notice: Notice) -> Line:
    kind = rules.KINDS[notice.kind]
    return Line(
        title=rules.filled(_(kind.title), notice.words),
        note=rules.filled(_(kind.line), notice.words),
        icon=kind.icon,
        url=url_for("notifications.follow", notice_id=notice.id),
        unread=notice.read_at is None,
        time=format_time(notice.created_at, "HH:mm"),
    )
