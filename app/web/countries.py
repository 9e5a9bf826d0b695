"""The world's countries in the reader's language."""

import re
from functools import cache

from babel import Locale
from flask_babel import get_locale
from markupsafe import Markup, escape

# Groups, parts and reserved codes that CLDR lists among the territories.
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


def countries() -> list[tuple[str, str]]:
    """Return ISO 3166-1 codes with their names, by name."""
    return list(_countries(str(get_locale() or "en")))


@cache
def codes() -> frozenset[str]:
    """Return the ISO 3166-1 codes of the countries, whatever the reader's language."""
    return frozenset(code for code, _name in _countries("en"))


def country_name(code: str) -> str:
    """Return a country's name, or the code itself if nobody knows it."""
    return dict(countries()).get(code, code)


def country_options(chosen: str, none: str = "–") -> Markup:
    """Return the countries as the options of a list, `chosen` (a code, or nothing) picked; `none` offers no country."""
    options = str(_options(str(get_locale() or "en")))  # text: Markup would escape what is put in
    options = options.replace(">–<", f">{escape(none)}<", 1)
    return Markup(options.replace(f'value="{chosen}"', f'value="{chosen}" selected', 1))  # noqa: S704


@cache
def _options(language: str) -> Markup:
    option = Markup('<option value="{}">{}</option>')
    return Markup("").join(option.format(code, name) for code, name in (("", "–"), *_countries(language)))


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    named = ((str(code), str(name)) for code, name in Locale.parse(language).territories.items())
    real = ((code, name) for code, name in named if re.fullmatch("[A-Z]{2}", code) and code not in NOT_COUNTRIES)
    return tuple(sorted(real, key=lambda pair: pair[1]))
