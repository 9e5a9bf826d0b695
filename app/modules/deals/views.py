"""Deals as everybody meets them: front page, list, deal room."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.errors import NotFound
from app.core.pagination import Page
from app.modules.deals import forms_words as words
from app.modules.deals import queries, rules
from app.modules.deals.models import Deal, DealDocument
from app.modules.deals.queries import SORTS, Wanted
from app.modules.deals.views_cards import Listing, shared
from app.modules.deals.views_room import entitlements, verified
from app.modules.documents import service as documents
from app.web.access import polled, public
from app.web.current import current
from app.web.downloads import attachment
from app.web.theming import page

front = Blueprint("front", __name__)
pages = Blueprint("deals", __name__)
A_PAGE = 20
TABS = ("overview", "terms", "team", "documents", "risks", "questions", "updates")


@front.get("/")
@public
def home() -> ResponseReturnValue:
    """Return the site's front page; the installation's own host has none and leads to its console."""
    if current.site.is_installation:
        return redirect("/tenants", 303)
    shown = queries.featured(current.session, current.actor)
    number = queries.counts(current.session, current.actor)
    figures, investors = queries.figures(current.session)
    return page("deals/home.html", deals=shown, number=number, figures=figures, investors=investors, **shared())


@pages.get("/deals")
@public
def index() -> ResponseReturnValue:
    wanted = _wanted()
    asked = Page.numbered(_number("page"), limit=A_PAGE)
    number = queries.counts(current.session, current.actor)
    known = (number[wanted.group] if wanted.group else sum(number.values())) if wanted.by_group_alone else None
    found = queries.heads(current.session, current.actor, wanted, asked, known)
    listing = Listing(found, wanted, number)
    return page("deals/index.html", listing=listing, found=found, wanted=wanted, number=number, here=_here, words=words)


@pages.get("/deals/<slug>", defaults={"tab": "overview"})
@pages.get(f"/deals/<slug>/<any({', '.join(TABS[1:])}):tab>")
@public
def show(slug: str, tab: str) -> ResponseReturnValue:
    deal = queries.visible(current.session, current.actor, slug)
    room = room_of(deal)
    if tab not in room["present"]:
        raise NotFound
    return page("deals/show.html", tab=tab, **room, **panel(deal), **shared())


@pages.get("/deals/<slug>/progress")
@public
@polled
def progress(slug: str) -> ResponseReturnValue:
    """Return the live part of the invest panel alone, for those who watch."""
    deal = queries.visible(current.session, current.actor, slug)
    return page("deals/_progress.html", deal=deal, live=True, **shared())


@pages.get("/deals/<slug>/documents/<uuid:document_id>")
@public
def document(slug: str, document_id: UUID) -> ResponseReturnValue:
    deal = queries.visible(current.session, current.actor, slug)
    queries.link(current.session, deal.id, document_id)
    held = entitlements(deal)
    opened = documents.open(
        current.session, actor=current.actor, document_id=document_id, now=current.now, entitlements=held
    )
    return attachment(opened.document.name, opened.document.media_type, opened.content)


def room_of(deal: Deal) -> dict[str, Any]:
    """Return the content of a deal's room, and which tabs have any."""
    links = queries.links(current.session, deal.id)
    updates, questions = queries.updates(current.session, deal.id), queries.questions(current.session, deal.id)
    present = {
        "overview": True,
        "terms": bool(deal.terms),
        "team": bool(deal.story.get("team")),
        "documents": bool(links),
        "risks": bool(deal.story.get("risks")),
        "questions": bool(questions),
        "updates": bool(updates),
    }
    return {
        "deal": deal,
        "files": _files(deal, links),
        "updates": updates,
        "questions": questions,
        "present": [tab for tab in TABS if present[tab]],
        "count": {"documents": len(links), "updates": len(updates), "questions": len(questions)},
    }


def panel(deal: Deal) -> dict[str, Any]:
    """Return what the invest panel says and offers to this reader."""
    actor, settings = current.actor, current.site.settings
    level, pending = verified(settings)
    state = rules.invitation(
        rules.pill(
            deal.status,
            hard_cap=deal.hard_cap or 0,
            min_ticket=deal.min_ticket or 0,
            raised=deal.raised,
            closes_at=deal.closes_at,
            now=current.now,
        ),
        opens_later=deal.opens_at is not None and deal.opens_at > current.now,
        full=deal.headroom < (deal.min_ticket or 0),
        is_person=actor.is_person,
        is_issuer=actor.user_id == deal.issuer_id,
        is_verified=level,
        is_pending=pending,
        may_while_pending=settings.invest_while_pending,
    )
    return {"invitation": state, "settings": settings}


def _files(deal: Deal, links: list[DealDocument]) -> list[dict[str, Any]]:
    """Return the data room's documents with what keeps this reader from each, if anything does."""
    records = documents.described(current.session, [link.document_id for link in links])
    held = entitlements(deal) if links else frozenset()
    reasons = {
        "registered": _("after registration"),
        "verified": _("after identity check"),
        "invested": _("for investors of this deal"),
    }
    files = []
    for link in links:
        record = records[link.document_id]
        allowed = documents.may_open(record, actor=current.actor, entitlements=held)
        files.append({"link": link, "record": record, "locked": "" if allowed else reasons.get(link.access, "")})
    return files


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        kind=asked.get("kind", "") if asked.get("kind") in rules.KINDS else "",
        group=asked.get("status", "") if asked.get("status") in queries.GROUPS else "",
        country=_country(asked.get("country", "")),
        text=asked.get("q", "").replace("\x00", "").strip()[:100],
        sort=asked.get("sort", "") if asked.get("sort") in SORTS else SORTS[0],
    )


def _country(text: str) -> str:
    code = text.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _number(name: str) -> int:
    text = request.args.get(name, "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _here(wanted: Wanted, **changes: Any) -> str:
    """Return the list's address with some of its filters changed; empty ones are left out."""
    known = {
        "q": wanted.text,
        "kind": wanted.kind,
        "status": wanted.group,
        "country": wanted.country,
        "sort": wanted.sort if wanted.sort != SORTS[0] else "",
    }
    chosen = {name: value for name, value in {**known, **changes}.items() if value not in ("", None)}
    return url_for("deals.index") + ("?" + urlencode(chosen) if chosen else "")
