"""The world's countries in the reader's language."""

import re
from functools import cache

from babel import Locale
from flask_babel import get_locale

# Groups, parts and reserved codes that CLDR lists among the territories.
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


def countries() -> list[tuple[str, str]]:
    """Return ISO 3166-1 codes with their names, by name."""
    return list(_countries(str(get_locale() or "en")))


def country_name(code: str) -> str:
    """Return a country's name, or the code itself if nobody knows it."""
    return dict(countries()).get(code, code)


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    named = ((str(code), str(name)) for code, name in Locale.parse(language).territories.items())
    real = ((code, name) for code, name in named if re.fullmatch("[A-Z]{2}", code) and code not in NOT_COUNTRIES)
    return tuple(sorted(real, key=lambda pair: pair[1]))
