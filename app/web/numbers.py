"""How amounts and numbers are written in the reader's language. Formatters are cached per language."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale
from babel.numbers import NumberPattern, format_compact_decimal
from markupsafe import Markup, escape

from app.web.reader import reader

EXACT = Context(prec=120)  # an amount has up to 78 digits; the usual context rounds at 28
DASH = "–"
MINUS = "−"
NO_VALUE = Markup(f'<span aria-hidden="true">{DASH}</span>')  # noqa: S704
Units = tuple[tuple[int, str], ...]
AR_UNITS: Units = ((1_000_000_000, "مليار"), (1_000_000, "مليون"), (1_000, "ألف"))
COMPACT: dict[str, Units] = {
    "en": ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k")),
    "ar": ((1_000_000_000, "مليار"), (1_000_000, "م"), (1_000, "ألف")),
}
SIZES = ("B", "kB", "MB", "GB", "TB")


class Asset(Protocol):
    """What an amount is counted in."""

    @property
    def code(self) -> str: ...
    @property
    def decimals(self) -> int: ...
    @property
    def display_decimals(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Numerals:
    group: str
    point: str
    first: int
    rest: int

    def whole(self, number: int) -> str:
        digits = str(number)
        if self.first == self.rest == 3:
            return f"{number:,}".replace(",", self.group)
        head, parts = digits[: -self.first], [digits[-self.first :]]
        while head:
            parts.insert(0, head[-self.rest :])
            head = head[: -self.rest]
        return self.group.join(parts)


@lru_cache(maxsize=64)
def _numerals(locale: str) -> _Numerals:
    parsed = Locale.parse(locale)
    symbols: dict[str, Any] = dict(parsed.number_symbols.get("latn") or {})
    pattern: NumberPattern = parsed.decimal_formats[None]
    return _Numerals(symbols.get("group", ","), symbols.get("decimal", "."), *pattern.grouping)


@lru_cache(maxsize=16384)
def _written(value: Decimal, places: int, locale: str) -> str:
    numerals = _numerals(locale)
    rounded = value.copy_abs().quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, EXACT)
    whole, _, part = f"{rounded:f}".partition(".")
    sign = MINUS if value < 0 and rounded else ""
    return sign + numerals.whole(int(whole)) + (numerals.point + part if part else "")


def number(value: Decimal | int | float | None, places: int = 0) -> str:
    """Return a number with the language's separators and so many decimals; a dash for none."""
    return DASH if value is None else _written(Decimal(str(value)), places, reader().language)


def quantity(value: Decimal | int | None) -> str:
    """Return how many there are: as many decimals as the number has, none where it is whole."""
    if value is None:
        return DASH
    exact = Decimal(value).normalize(EXACT)
    return _written(exact, max(0, -int(exact.as_tuple().exponent)), reader().language)


def units(value: int, asset: Asset) -> Decimal:
    """Return base units as an exact number of whole units."""
    return Decimal(value).scaleb(-asset.decimals, EXACT)


def money(value: int | None, asset: Asset) -> Markup:
    """Return base units as an overview shows them: code before, no decimals unless the amount is small."""
    return NO_VALUE if value is None else _data(value, asset, False)


def money_exact(value: int | None, asset: Asset) -> Markup:
    """Return base units as a payment shows them: with all decimals of the asset's display."""
    return NO_VALUE if value is None else _data(value, asset, True)


def money_compact(value: int | None, asset: Asset) -> Markup:
    """Return base units shortened, for charts and tiles: EUR 18.5 m."""
    if value is None:
        return NO_VALUE
    amount = units(value, asset)
    if not reader().rtl:
        return _tagged(amount, asset.code, compact(amount))
    # With a unit in Arabic the figures come first, then the unit, then the code.
    code = Markup('<span class="cur">{}</span>').format(asset.code)
    return Markup('<data value="{}">{} {}</data>').format(_plain(amount), compact(amount, AR_UNITS), code)


def money_plain(value: int, asset: Asset) -> str:
    """Return base units as plain text, for sentences read aloud, titles and mail: `EUR 5,000`."""
    amount = units(value, asset)
    return (
        f"{asset.code}\u00a0{_written(amount, 0 if _is_whole(amount) else asset.display_decimals, reader().language)}"
    )


def figures(value: int | None, asset: Asset) -> str:
    """Return base units without their code, for a column whose head names it."""
    return DASH if value is None else _written(units(value, asset), 0, reader().language)


def _data(value: int, asset: Asset, exact: bool) -> Markup:
    return _amount(value, asset.code, asset.decimals, asset.display_decimals, exact, reader().language)


@lru_cache(maxsize=16384)
def _amount(value: int, code: str, decimals: int, display: int, exact: bool, language: str) -> Markup:
    amount = Decimal(value).scaleb(-decimals, EXACT)
    small = amount.copy_abs() < 10 or display > 2
    places = display if exact or (small and not _is_whole(amount)) else 0
    return _tagged(amount, code, _written(amount, places, language))


def _is_whole(amount: Decimal) -> bool:
    return amount == amount.to_integral_value()


def _plain(amount: Decimal) -> str:
    exact = f"{amount:f}"
    return exact.rstrip("0").rstrip(".") if "." in exact else exact


def _tagged(amount: Decimal, code: str, text: str) -> Markup:
    # Amounts keep their order in Arabic too: code, then digits.
    return Markup(f'<data value="{_plain(amount)}" dir="ltr"><span class="cur">{escape(code)}</span> {text}</data>')  # noqa: S704


def compact(value: Decimal | int | float | None, units_of: Units | None = None) -> str:
    """Return a number shortened to three figures: 18.5 m, 500 k; with other units where room allows."""
    if value is None:
        return DASH
    locale = reader().language
    steps = units_of or COMPACT.get(locale[:2])
    if steps is None:
        return format_compact_decimal(float(value), locale=locale, fraction_digits=1).replace("-", MINUS)
    exact = Decimal(str(value))
    step, unit = next((pair for pair in steps if abs(exact) >= pair[0]), (1, ""))
    text = _written(exact / step, 1 if round(exact / step, 1) % 1 else 0, locale)
    return f"{text}\u00a0{unit}" if unit else text


def percent(value: Decimal | int | float | None, places: int | None = None) -> str:
    """Return so many per cent: 9.4 → 9.4%. Without `places` as many decimals as it has, at most two."""
    if value is None:
        return DASH
    exact = Decimal(str(value))
    if places is None:
        places = min(2, max(0, -int(exact.normalize().as_tuple().exponent)))
    return f"{_written(exact, places, reader().language)}%"


def basis_points(value: int | None) -> str:
    """Return hundredths of a per cent as per cent: 940 → 9.4%."""
    return DASH if value is None else percent(Decimal(value) / 100)


def times(value: Decimal | float | None) -> Markup:
    """Return a multiple: 1.18×, in this order in every language."""
    return NO_VALUE if value is None else Markup('<bdi class="ltr">{}×</bdi>').format(number(value, 2))


def file_size(count: int | None) -> str:
    """Return bytes as people say them: 310 kB, 4.1 MB."""
    if count is None:
        return DASH
    size, unit = float(count), 0
    while size >= 1000 and unit < len(SIZES) - 1:
        size, unit = size / 1000, unit + 1
    return f"{number(Decimal(str(size)), 1 if unit > 1 and size < 10 else 0)}\u00a0{SIZES[unit]}"
