"""Cards of deals, each drawn once: its HTML is kept until its row changes or its clock shows something else.

What is kept is found by site, look, language, zone, the row's id and its version in the database, so no page can show
another site's card or an outdated one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from markupsafe import Markup

from app.modules.deals import forms_words as words
from app.modules.deals import queries, rules
from app.modules.deals.queries import Head
from app.web.current import current
from app.web.reader import reader

MOST_KEPT = 8192  # cards of about 1.5 kB

_kept: dict[tuple[Any, ...], Markup] = {}


def pill_of(deal: Any) -> tuple[Any, str, str]:
    """Return the label, tone and shape of a deal's state now."""
    state = rules.pill(
        deal.status,
        hard_cap=deal.hard_cap or 0,
        min_ticket=deal.min_ticket or 0,
        raised=deal.raised,
        closes_at=deal.closes_at,
        now=current.now,
    )
    return words.PILLS[state]


def pieces(heads: Sequence[Head], *, with_lead: bool) -> Callable[[Callable[..., Markup]], Iterator[Markup]]:
    """Return what draws these deals with the template's `card` macro; rows are read for the new ones alone."""
    at, site, now = reader(), current.site, current.now
    look = (site.id, site.branding.pack, at.language, at.zone.key)
    keys = [(*look, *head, words.closing(head, now), _soon(head), with_lead and not n) for n, head in enumerate(heads)]
    known = [_kept.get(key) for key in keys]
    fresh = [head.id for head, html in zip(heads, known, strict=True) if html is None]
    rows = queries.cards_of(current.session, fresh)

    def draw(card: Callable[..., Markup]) -> Iterator[Markup]:
        for key, head, kept in zip(keys, heads, known, strict=True):
            yield kept or _keep(key, card(rows[head.id], words, pill_of, now, lead=key[-1]))

    return draw


def _soon(head: Head) -> bool:
    return head.closes_at is not None and head.closes_at - current.now <= rules.CLOSING_SOON


def _keep(key: tuple[Any, ...], html: Markup) -> Markup:
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = html
    return html
