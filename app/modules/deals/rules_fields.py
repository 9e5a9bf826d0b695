"""The kinds of fields an issuer fills in: each reads text and gives a value, or refuses it with a code."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from app.core import money
from app.core.errors import Invalid

_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
_COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code))
_COUNTRIES -= _NO_COUNTRIES


def _refuse(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "")


def _context(info: ValidationInfo) -> dict[str, Any]:
    return cast("dict[str, Any]", info.context)


def line(longest: int) -> AfterValidator:
    """Return the check of plain text with at most so many characters."""

    def check(text: str) -> str:
        if len(text) > longest:
            raise _refuse("too_long")
        if any(ord(letter) < 32 and letter not in "\r\n\t" for letter in text):
            raise _refuse("characters")
        return text

    return AfterValidator(check)


def _amount(text: str, info: ValidationInfo) -> int:
    plain = text.replace(",", "") if _GROUPED.match(text) else text
    try:
        units = money.parse(plain, _context(info)["asset"])
    except Invalid:
        raise _refuse("amount") from None
    if units == 0:
        raise _refuse("amount_zero")
    return units


def _hundredths(text: str, most: int, code: str) -> int:
    try:
        value = Decimal(text.removesuffix("%").strip()) * 100
    except InvalidOperation:
        raise _refuse(code) from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= most:
        raise _refuse(code)
    return int(value)


def _percent(text: str) -> int:
    return _hundredths(text, 10_000, "percent")


def _multiple(text: str) -> int:
    return _hundredths(text, 10_000, "multiple")


def _months(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 0 < int(text) <= 600:
        raise _refuse("months")
    return int(text)


def _moment(text: str, info: ValidationInfo, at: time) -> datetime:
    try:
        given = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), at)
        if given.tzinfo is not None or not 2000 <= given.year <= 2200:
            raise ValueError
    except ValueError:
        raise _refuse("date") from None
    return given.replace(tzinfo=ZoneInfo(_context(info)["zone"])).astimezone(UTC)


def _opening(text: str, info: ValidationInfo) -> datetime:
    return _moment(text, info, time(0, 0))


def _closing(text: str, info: ValidationInfo) -> datetime:
    return _moment(text, info, time(23, 59, 59))


def _countries(text: str) -> list[str]:
    codes = list(dict.fromkeys(re.split(r"[\s,;]+", text.strip(" ,;").upper())))
    if not set(codes) <= _COUNTRIES:
        raise _refuse("countries")
    return codes


def _lines(text: str) -> list[str]:
    lines = [line.strip(" •-\t") for line in text.splitlines() if line.strip(" •-\t")]
    if len(lines) > 12 or any(len(line) > 400 for line in lines):
        raise _refuse("lines")
    return lines


def _people(text: str) -> list[dict[str, str]]:
    people = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    if len(people) > 20 or any(not 2 <= len(parts) <= 3 or not all(parts) for parts in people):
        raise _refuse("people")
    return [dict(zip(("name", "role", "about"), [*parts, ""][:3], strict=True)) for parts in people]


def matching(pattern: str, code: str) -> AfterValidator:
    """Return the check of text that matches a pattern as a whole, refused with `code`."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise _refuse(code)
        return text

    return AfterValidator(check)


Line = Annotated[str, line(160)]
Amount = Annotated[int, BeforeValidator(_amount)]
Percent = Annotated[int, BeforeValidator(_percent)]
Months = Annotated[int, BeforeValidator(_months)]
Countries = Annotated[list[str], BeforeValidator(_countries)]
Lines = Annotated[list[str], BeforeValidator(_lines)]
Multiple = Annotated[int, BeforeValidator(_multiple)]
Opening = Annotated[datetime, BeforeValidator(_opening)]
Closing = Annotated[datetime, BeforeValidator(_closing)]
People = Annotated[list[dict[str, str]], BeforeValidator(_people)]
