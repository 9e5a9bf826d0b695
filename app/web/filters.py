"""The filters of the templates: amounts, dates, icons and the names of things."""

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


def address(value: str | None, label: str = "") -> Markup:
    """Return a chain address or hash cut in its middle; the whole stands in the title."""
    if not value:
        return NO_VALUE
    short = value if len(value) <= 14 else f"{value[:6]}…{value[-4:]}"
    return Markup('<bdi class="code ltr" title="{}">{}</bdi>').format(value, label or short)


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
    "date": date_tag,
    "date_text": date_text,
    "datetime": datetime_tag,
    "datetime_text": datetime_text,
    "duration": duration,
    "left": left,
    "ago": ago,
}
