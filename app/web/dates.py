"""How days, times and clocks are written: in the reader's language, in the site's time zone, which is named."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from markupsafe import Markup

from app.web.numbers import DASH, MINUS, NO_VALUE
from app.web.reader import gettext, ngettext, reader

HOUR, DAY, THREE_DAYS = 3600, 86_400, 259_200  # seconds
# Day before month in English too: the product is written for readers of more than one country.
DATE_PATTERNS = {"en": "d MMM y", "ar": "d MMMM y"}


@lru_cache(maxsize=8192)
def _day(day: date, locale: str) -> str:
    return format_date(day, DATE_PATTERNS.get(locale[:2], "medium"), locale=locale)


def date_text(value: date | datetime | None) -> str:
    """Return the day as plain text, in the site's time zone: 14 Jan 2027."""
    if value is None:
        return DASH
    return _day(value.astimezone(reader().zone).date() if isinstance(value, datetime) else value, reader().language)


def date_tag(value: date | datetime | None) -> Markup:
    """Return the day as `<time>`, in the site's time zone."""
    if value is None:
        return NO_VALUE
    day = value.astimezone(reader().zone).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), _day(day, reader().language))


def datetime_text(value: datetime | None, zone: bool = True) -> str:
    """Return day, time and the name of the zone as plain text: 12 Nov 2026, 09:14 CET."""
    if value is None:
        return DASH
    at = reader()
    return _moment(value, at.zone, at.language, zone)


@lru_cache(maxsize=8192)
def _moment(value: datetime, place: ZoneInfo, locale: str, zone: bool) -> str:
    local = value.astimezone(place)
    comma = "،" if locale.startswith("ar") else ","
    return f"{_day(local.date(), locale)}{comma} {local:%H:%M}{' ' + zone_name(local) if zone else ''}"


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
    if seconds > THREE_DAYS:
        days = seconds // DAY
        return ngettext("%(num)s day", "%(num)s days", days)
    if seconds >= HOUR:
        days, hours = divmod(seconds // HOUR, 24)
        short = gettext("%(days)s d %(hours)s h", days=days, hours=f"{hours:02d}")
        return short if days else ngettext("%(num)s hour", "%(num)s hours", hours)
    return f"{seconds // 60}:{seconds % 60:02d}"


def left(until: datetime | None, now: datetime, over: str = "") -> Markup:
    """Return a clock that runs down to `until`: time left, the moment in its title, ticking in the last hour."""
    if until is None:
        return NO_VALUE
    at, seconds = reader(), max(0, int((until - now).total_seconds()))
    step = DAY if seconds > THREE_DAYS else HOUR if seconds >= HOUR else 1
    return _clock(until, seconds - seconds % step, str(over), at.language, at.zone)


@lru_cache(maxsize=8192)
def _clock(until: datetime, seconds: int, over: str, _language: str, _zone: ZoneInfo) -> Markup:
    """Draw a clock; what it says depends on the reader too, hence the last two."""
    if not seconds:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            _iso(until), datetime_text(until), over or gettext("over")
        )
    if seconds > THREE_DAYS:
        text = ngettext("%(num)s day left", "%(num)s days left", seconds // DAY)
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
    elif seconds < HOUR:
        text = ngettext("%(num)s minute ago", "%(num)s minutes ago", seconds // 60)
    elif seconds < DAY:
        text = ngettext("%(num)s hour ago", "%(num)s hours ago", seconds // HOUR)
    else:
        text = date_text(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(moment), datetime_text(moment), text)
