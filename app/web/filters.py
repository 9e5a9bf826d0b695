"""The filters of the templates: amounts, dates, icons and the names of things."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from app.web.dates import ago, date_tag, date_text, datetime_tag, datetime_text, duration, left
from app.web.icons import ICONS
from app.web.numbers import (
    NO_VALUE,
    basis_points,
    compact,
    figures,
    file_size,
    money,
    money_compact,
    money_exact,
    money_plain,
    number,
    percent,
    quantity,
    times,
)
from app.web.reader import reader

_WAYS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def address(value: str | None, label: str = "") -> Markup:
    """Return a chain address or hash cut in its middle; the whole stands in the title."""
    if not value:
        return NO_VALUE
    short = value if len(value) <= 14 else f"{value[:6]}…{value[-4:]}"
    return Markup('<bdi class="code ltr" title="{}">{}</bdi>').format(value, label or short)


def own(value: Any) -> Any:
    """Return what somebody wrote, marked to read in its own direction where the page reads in the other one.

    Without it the full stop of an Arabic sentence stands at the wrong end of a line on an English page. Markup, and
    all that isn't text, comes back as it is.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    way = next((_WAYS[kind] for kind in map(unicodedata.bidirectional, value) if kind in _WAYS), "")
    if not way or (way == "rtl") == reader().rtl:
        return value
    return Markup('<span dir="{}">{}</span>').format(way, value)


def icons(url: Callable[[str], str]) -> Callable[..., Markup]:
    """Return the function `icon(name, flip=False)` of the templates; `url` turns a static name into its address."""
    sprite = url("icons")

    @lru_cache(maxsize=256)
    def icon(name: str, flip: bool = False) -> Markup:
        """Return an icon: decoration only, so words must stand beside it. `flip` mirrors it in Arabic.

        Raises KeyError for a name the sprite doesn't have.
        """
        if name not in ICONS:
            raise KeyError(name)
        turned = " flip" if flip else ""
        return Markup('<svg class="i{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            turned, sprite, name
        )

    return icon


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "money_exact": money_exact,
    "money_compact": money_compact,
    "money_plain": money_plain,
    "figures": figures,
    "number": number,
    "quantity": quantity,
    "compact": compact,
    "percent": percent,
    "basis_points": basis_points,
    "times": times,
    "file_size": file_size,
    "address": address,
    "own": own,
    "date": date_tag,
    "date_text": date_text,
    "datetime": datetime_tag,
    "datetime_text": datetime_text,
    "duration": duration,
    "left": left,
    "ago": ago,
}
