"""What stands around a page: navigation, account menu, footer, made of the entries that modules offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Flask, g, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.web.reader import reader
from app.web.theming import NavItem, Person, Shell
from tenants.service import Site

Area = Literal["main", "account", "back", "legal"]
MOST_KEPT = 4096  # of some kB: what stands around visitors' pages


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line a module offers for a menu. `shown` decides by who asks and where; `count` is queried for people only.

    `shown` is asked once for all visitors of a site: what it answers may follow from its arguments alone.

    Lines of one `group` stand together under its name. Pages of the blueprints in `covers` belong to the line too.
    """

    label: LazyString
    endpoint: str
    icon: str
    area: Area = "main"
    rank: int = 50
    group: LazyString | None = None
    covers: tuple[str, ...] = ()
    shown: Callable[[Actor, Site], bool] = lambda _actor, _site: True
    count: Callable[[Session, Actor], int] | None = None


def install(app: Flask, entries: Sequence[Entry]) -> None:
    """Give every page its `shell`."""

    visitors: dict[tuple[str, str, str], tuple[Site, Shell]] = {}

    @app.context_processor
    def _processor() -> dict[str, Any]:
        site, actor = g.get("site"), g.get("actor")
        if site is None:
            return {"shell": Shell()}
        if actor is not None and actor.is_person:
            return {"shell": build(entries)}
        # Every visitor of a page in a language sees the same around it, until the site changes.
        key = (site.slug, reader().language, request.endpoint or "")
        kept = visitors.get(key)
        if kept is None or kept[0] is not site:
            if len(visitors) >= MOST_KEPT:
                visitors.clear()
            kept = visitors[key] = site, build(entries)
        return {"shell": kept[1]}


def build(entries: Sequence[Entry]) -> Shell:
    """Return what stands around the page being drawn now."""
    actor = g.get("actor") or Actor(tenant_id=g.site.id)
    back_office = _in_back_office(entries)
    main, account, back, legal = (_items(entries, area, actor) for area in ("main", "account", "back", "legal"))
    if back:
        main = [*main, *_under_headings(entries, actor, back)] if back_office else [*main, _door(back)]
    bell = next((item for item in account if item.icon == "bell"), None)
    return Shell(
        nav=main,
        account=account,
        legal=legal,
        office=back_office and bool(back),
        person=Person(name=actor.name, initials=_initials(actor.name)) if actor.is_person else None,
        unread=bell.count if bell else 0,
        unread_url=bell.url if bell else "",
        home_url="/",
        sign_in_url=url_for("accounts.login") if not actor.is_person else "",
        register_url=url_for("accounts.register") if not actor.is_person and not g.site.is_installation else "",
        terms={},
    )


def _items(entries: Sequence[Entry], area: str, actor: Actor) -> list[NavItem]:
    return [
        NavItem(
            label=str(entry.label),
            url=url_for(entry.endpoint),
            icon=entry.icon,
            current=_is_current(entry),
            count=_count(entry, actor),
            post=entry.endpoint == "accounts.logout",
        )
        for entry in _chosen(entries, area, actor)
    ]


def _chosen(entries: Sequence[Entry], area: str, actor: Actor) -> list[Entry]:
    return [entry for entry in entries if entry.area == area and entry.shown(actor, g.site)]


def _under_headings(entries: Sequence[Entry], actor: Actor, items: Sequence[NavItem]) -> list[NavItem]:
    """Return the lines of the back office with a heading before each group."""
    lines, above = [], ""
    for entry, item in zip(_chosen(entries, "back", actor), items, strict=True):
        heading = str(entry.group or _("Back office"))
        lines += [item] if heading == above else [NavItem(label=heading), item]
        above = heading
    return lines


def _door(back: Sequence[NavItem]) -> NavItem:
    return NavItem(label=_("Back office"), url=back[0].url, icon="dashboard", current=False)


def _is_current(entry: Entry) -> bool:
    here, there = (request.endpoint or ""), entry.endpoint
    blueprint = here.partition(".")[0]
    return here == there or blueprint in entry.covers or there == f"{blueprint}.index"


def _in_back_office(entries: Sequence[Entry]) -> bool:
    blueprint = (request.endpoint or "").partition(".")[0]
    return any(
        entry.area == "back" and blueprint in (entry.endpoint.partition(".")[0], *entry.covers) for entry in entries
    )


def _count(entry: Entry, actor: Actor) -> int:
    if entry.count is None or not actor.is_person or g.get("failed") or "session" not in g:
        return 0
    return entry.count(g.session, actor)


def _initials(name: str) -> str:
    words = [word.removeprefix("ال") or word for word in name.split()]
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    # Arabic letters would join and read as a word
    return ("\u200c" if "\u0600" <= name[:1] <= "\u06ff" else "").join(letters).upper()
