"""How amounts, dates and names of things are written, in the reader's language. Formatters are cached per language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, format_compact_decimal
from flask import current_app
from flask_babel import get_locale, get_timezone, gettext, ngettext
from markupsafe import Markup, escape

DASH = "–"
MINUS = "−"
NO_VALUE = Markup(f'<span aria-hidden="true">{DASH}</span>')  # noqa: S704
# Day before month in English too: the product is written for readers of more than one country.
DATE_PATTERNS = {"en": "d MMM y", "ar": "d MMMM y"}
COMPACT = {
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


def _language() -> str:
    return str(get_locale() or "en")


@lru_cache(maxsize=16384)
def _written(value: Decimal, places: int, locale: str) -> str:
    numerals = _numerals(locale)
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    whole, _, part = f"{rounded:f}".partition(".")
    sign = MINUS if value < 0 and rounded else ""
    return sign + numerals.whole(int(whole)) + (numerals.point + part if part else "")


def number(value: Decimal | int | float | None, places: int = 0) -> str:
    """Return a number with the language's separators and so many decimals; a dash for none."""
    return DASH if value is None else _written(Decimal(str(value)), places, _language())


def units(value: int, asset: Asset) -> Decimal:
    """Return base units as an exact number of whole units."""
    return Decimal(value).scaleb(-asset.decimals)


def money(value: int | None, asset: Asset) -> Markup:
    """Return base units as an overview shows them: code before, no decimals unless the amount is small."""
    if value is None:
        return NO_VALUE
    amount = units(value, asset)
    small = abs(amount) < 10 or asset.display_decimals > 2
    return _data(amount, asset, asset.display_decimals if small and amount % 1 else 0)


def money_exact(value: int | None, asset: Asset) -> Markup:
    """Return base units as a payment shows them: with all decimals of the asset's display."""
    return NO_VALUE if value is None else _data(units(value, asset), asset, asset.display_decimals)


def money_compact(value: int | None, asset: Asset) -> Markup:
    """Return base units shortened, for charts and tiles: EUR 18.5 m."""
    if value is None:
        return NO_VALUE
    amount = units(value, asset)
    return _tagged(amount, asset.code, compact(amount))


def money_plain(value: int, asset: Asset) -> str:
    """Return base units as plain text, for sentences read aloud, titles and mail: `EUR 5,000`."""
    amount = units(value, asset)
    return f"{asset.code}\u00a0{_written(amount, asset.display_decimals if amount % 1 else 0, _language())}"


def figures(value: int | None, asset: Asset) -> str:
    """Return base units without their code, for a column whose head names it."""
    return DASH if value is None else _written(units(value, asset), 0, _language())


def _data(amount: Decimal, asset: Asset, places: int) -> Markup:
    return _tagged(amount, asset.code, _written(amount, places, _language()))


def _tagged(amount: Decimal, code: str, text: str) -> Markup:
    exact = f"{amount:f}"
    if "." in exact:
        exact = exact.rstrip("0").rstrip(".")
    # Amounts keep their order in Arabic too: code, then digits.
    return Markup(f'<data value="{exact}" dir="ltr"><span class="cur">{escape(code)}</span> {text}</data>')  # noqa: S704


def compact(value: Decimal | int | float | None) -> str:
    """Return a number shortened to three figures: 18.5 m, 500 k."""
    if value is None:
        return DASH
    locale = _language()
    steps = COMPACT.get(locale[:2])
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
    return f"{_written(exact, places, _language())}%"


def basis_points(value: int | None) -> str:
    """Return hundredths of a per cent as per cent: 940 → 9.4%."""
    return DASH if value is None else percent(Decimal(value) / 100)


def times(value: Decimal | float | None) -> Markup:
    """Return a multiple: 1.18×, in this order in every language."""
    return NO_VALUE if value is None else Markup('<bdi class="ltr">{}×</bdi>').format(number(value, 2))  # noqa: RUF001


def file_size(count: int | None) -> str:
    """Return bytes as people say them: 310 kB, 4.1 MB."""
    if count is None:
        return DASH
    size, unit = float(count), 0
    while size >= 1000 and unit < len(SIZES) - 1:
        size, unit = size / 1000, unit + 1
    return f"{number(Decimal(str(size)), 1 if unit > 1 and size < 10 else 0)}\u00a0{SIZES[unit]}"


def address(value: str | None, label: str = "") -> Markup:
    """Return a chain address or hash cut in its middle; the whole stands in the title."""
    if not value:
        return NO_VALUE
    short = value if len(value) <= 14 else f"{value[:6]}…{value[-4:]}"
    return Markup('<bdi class="code ltr" title="{}">{}</bdi>').format(value, label or short)


def _zone() -> ZoneInfo:
    return ZoneInfo(str(get_timezone() or "UTC"))


@lru_cache(maxsize=8192)
def _day(day: date, locale: str) -> str:
    return format_date(day, DATE_PATTERNS.get(locale[:2], "medium"), locale=locale)


def date_text(value: date | datetime | None) -> str:
    """Return the day as plain text, in the site's time zone: 14 Jan 2027."""
    if value is None:
        return DASH
    return _day(value.astimezone(_zone()).date() if isinstance(value, datetime) else value, _language())


def date_tag(value: date | datetime | None) -> Markup:
    """Return the day as `<time>`, in the site's time zone."""
    if value is None:
        return NO_VALUE
    day = value.astimezone(_zone()).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), _day(day, _language()))


def datetime_text(value: datetime | None, zone: bool = True) -> str:
    """Return day, time and the name of the zone as plain text: 12 Nov 2026, 09:14 CET."""
    if value is None:
        return DASH
    local, locale = value.astimezone(_zone()), _language()
    clock = format_time(local.time(), "HH:mm", locale=locale)
    comma = "،" if locale.startswith("ar") else ","
    return f"{_day(local.date(), locale)}{comma} {clock}{' ' + zone_name(local) if zone else ''}"


def datetime_tag(value: datetime | None, zone: bool = True) -> Markup:
    """Return day, time and zone as `<time>`."""
    if value is None:
        return NO_VALUE
    return Markup('<time datetime="{}">{}</time>').format(_iso(value), datetime_text(value, zone))


def zone_name(local: datetime) -> str:
    """Return what people call the zone: CET, or UTC+3 where it has no letters."""
    name = local.tzname() or "UTC"
    if name[0].isalpha():
        return name
    offset = local.utcoffset() or timedelta()
    hours = offset.total_seconds() / 3600
    return f"\u2066UTC{'+' if hours >= 0 else MINUS}{abs(hours):g}\u2069"


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: int) -> str:
    """Return how long as words: days above three days, `2 d 04 h` to one hour, then minutes and seconds."""
    if seconds > 259_200:
        days = seconds // 86_400
        return ngettext("%(num)s day", "%(num)s days", days)
    if seconds >= 3600:
        days, hours = divmod(seconds // 3600, 24)
        short = gettext("%(days)s d %(hours)s h", days=days, hours=f"{hours:02d}")
        return short if days else ngettext("%(num)s hour", "%(num)s hours", hours)
    return f"{seconds // 60}:{seconds % 60:02d}"


def left(until: datetime | None, now: datetime, over: str = "") -> Markup:
    """Return a clock that runs down to `until`: time left, the moment in its title, ticking in the last hour."""
    if until is None:
        return NO_VALUE
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            _iso(until), datetime_text(until), over or gettext("over")
        )
    if seconds > 259_200:
        days = seconds // 86_400
        text = ngettext("%(num)s day left", "%(num)s days left", days)
    else:
        text = duration(seconds)
    return Markup('<time datetime="{}" data-tick="{}" title="{}">{}</time>').format(
        _iso(until), _iso(until), datetime_text(until), text
    )


def ago(moment: datetime | None, now: datetime) -> Markup:
    """Return how long ago as `<time>`: 5 minutes ago, then the day."""
    if moment is None:
        return NO_VALUE
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        text = gettext("just now")
    elif seconds < 3600:
        text = ngettext("%(num)s minute ago", "%(num)s minutes ago", seconds // 60)
    elif seconds < 86_400:
        text = ngettext("%(num)s hour ago", "%(num)s hours ago", seconds // 3600)
    else:
        text = date_text(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(moment), datetime_text(moment), text)


def icon(name: str, flip: bool = False) -> Markup:
    """Return an icon of the sprite; decoration only, so words must stand beside it. `flip` mirrors it in Arabic."""
    return _icon(name, flip, current_app.jinja_env.globals["static_url"])  # type: ignore[arg-type]


@lru_cache(maxsize=256)
def _icon(name: str, flip: bool, url: Callable[[str], str]) -> Markup:
    turned = " flip" if flip else ""
    drawing = f"{url('icons')}#{escape(name)}"
    return Markup(  # noqa: S704
        f'<svg class="i{turned}" viewBox="0 0 24 24" aria-hidden="true"><use href="{drawing}"/></svg>'
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "money_exact": money_exact,
    "money_compact": money_compact,
    "money_plain": money_plain,
    "figures": figures,
    "number": number,
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
