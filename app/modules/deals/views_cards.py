"""The list of deals, drawn once: HTML is kept until a row changes or a clock shows something else.

What is kept is found by site, look, language, zone, what was asked for, and each row's id and version in the database,
so no page can show another site's cards, or outdated ones.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from markupsafe import Markup

from app.core.pagination import Slice
from app.modules.chain import service as chain
from app.modules.chain.errors import explain
from app.modules.deals import forms_words as words
from app.modules.deals import queries, rules, service
from app.modules.deals.queries import Head, Wanted
from app.web.current import current
from app.web.reader import reader

MOST_CARDS = 8192  # of about 1.5 kB
MOST_LISTS = 256  # of about 30 kB

Key = tuple[Any, ...]
_cards: dict[Key, Markup] = {}
_lists: dict[Key, Markup] = {}


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


def sale_shown(deal_id: UUID) -> dict[str, Any]:
    """Return what templates/deals/_sale.html wants besides the deal."""
    sale, deployed = service.sale_of(current.session, deal_id), chain.deployment_of(current.session, deal_id)
    return {
        "sale": sale,
        "token": deployed.deployment.token if deployed else "",
        "network": chain.network_name(sale.chain_id) if sale else "",
        "link": chain.explorer_url,
        "address_link": lambda address: chain.address_url(sale.chain_id, address) if sale else "",
        "explain": explain,
    }


def shared() -> dict[str, Any]:
    """Return what every template of deals may use: the words, and how a card's state is found."""
    return {"words": words, "pill_of": pill_of}


class Listing:
    """A page of the list: `kept` is its HTML where nothing has changed; else draw it with `pieces` and `keep` it."""

    def __init__(self, found: Slice[Head], wanted: Wanted, number: dict[str, int]) -> None:
        at, site, now = reader(), current.site, current.now
        look = (site.id, site.branding.pack, at.language, at.zone.key)
        leads = found.page.number == 1
        self._heads = found.items
        self._keys = [
            (look, head, rules.clock(head.opens_at, head.closes_at, now), leads and not place)
            for place, head in enumerate(found.items)
        ]
        self._key = (look, wanted, found.page, found.total, *number.values(), *self._keys)
        self.kept = _lists.get(self._key)

    def pieces(self, card: Callable[..., Markup]) -> Iterator[Markup]:
        """Yield each card, drawn with the template's macro where it isn't kept; only those deals are read."""
        known = [_cards.get(key) for key in self._keys]
        fresh = [head.id for head, html in zip(self._heads, known, strict=True) if html is None]
        rows = queries.cards_of(current.session, fresh)
        for key, head, html in zip(self._keys, self._heads, known, strict=True):
            drawn = html or card(rows[head.id], words, pill_of, current.now, lead=key[-1])
            yield html or _keep(_cards, MOST_CARDS, key, drawn)

    def keep(self, html: Markup) -> Markup:
        """Keep the page's content for the next reader, and return it."""
        return _keep(_lists, MOST_LISTS, self._key, html)


def _keep(where: dict[Key, Markup], most: int, key: Key, html: Markup) -> Markup:
    if len(where) >= most:
        where.clear()
    where[key] = html
    return html
