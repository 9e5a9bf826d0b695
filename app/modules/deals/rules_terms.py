"""What issuers type, and what is read from it: terms typed per kind, amounts in base units, days in the site's zone.

A draft keeps the text as it was typed; reading it gives values for what is right and a code for each field that isn't.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import AfterValidator, BaseModel, BeforeValidator, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from app.core import money
from app.core.errors import Invalid
from app.core.money import Asset
from app.modules.deals.rules import TOKEN_DECIMALS
from tenants.settings import TenantSettings

_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
_COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code))
_COUNTRIES -= _NO_COUNTRIES
_MOST_TOKENS = 2**96 - 1  # base units; the sale's contract refuses more


@dataclass(frozen=True)
class Ground:
    """What a draft is read against: what can be paid with, the zone its days are in, and the present."""

    assets: tuple[Asset, ...]
    zone: str
    now: datetime


def ground_of(settings: TenantSettings, now: datetime) -> Ground:
    """Return the ground of a site: its payment tokens, and its chain's own coin."""
    tokens = [
        Asset(token.code, token.decimals, token.display_decimals, token.chain_id, token.contract)
        for token in settings.payment_tokens
    ]
    return Ground((*tokens, Asset("ETH", 18, 4, settings.chain_id)), settings.time_zone, now)


@dataclass(frozen=True)
class Reading:
    """What a draft says: `values` of its columns, `terms` of its kind, and a code for each field with a `problem`."""

    values: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def _refuse(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "")


def _context(info: ValidationInfo) -> dict[str, Any]:
    return cast("dict[str, Any]", info.context)


def _line(longest: int) -> AfterValidator:
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


def _matching(pattern: str, code: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise _refuse(code)
        return text

    return AfterValidator(check)


Line = Annotated[str, _line(160)]
Amount = Annotated[int, BeforeValidator(_amount)]
Percent = Annotated[int, BeforeValidator(_percent)]
Months = Annotated[int, BeforeValidator(_months)]
Countries = Annotated[list[str], BeforeValidator(_countries)]
Lines = Annotated[list[str], BeforeValidator(_lines)]


class Offer(BaseModel):
    """What every kind of deal has."""

    title: Annotated[str, _line(80)]
    summary: Annotated[str, _line(160)]
    issuer_name: Annotated[str, _line(100)]
    location: Annotated[str, _line(60)]
    sector: Annotated[str, _line(40)]
    soft_cap: Amount
    hard_cap: Amount
    min_ticket: Amount
    max_ticket: Amount | None = None
    unit_price: Amount
    opens_at: Annotated[datetime, BeforeValidator(_opening)]
    closes_at: Annotated[datetime, BeforeValidator(_closing)]
    regime: Literal["none", "ecspr", "reg_cf", "506b", "506c", "reg_s"]
    eligible_countries: Countries = []
    blocked_countries: Countries = []
    token_symbol: Annotated[str, _matching(r"[A-Z][A-Z0-9]{1,10}", "symbol")]
    proceeds_address: Annotated[str, _matching(r"0x(?!0{40})[0-9a-fA-F]{40}", "address")] = ""
    cover_kind: Annotated[str, _matching(r"[a-z]{2,20}", "choice")] = ""


class Story(BaseModel):
    """What is told about it."""

    overview: Annotated[str, _line(6000)]
    purpose: Annotated[str, _line(600)]
    highlights: Lines
    risks: Lines
    team: Annotated[list[dict[str, str]], BeforeValidator(_people)]


class Equity(BaseModel):
    instrument: Literal["ordinary", "preferred", "safe", "convertible"]
    pre_money: Amount
    valuation_cap: Amount | None = None
    discount: Percent | None = None


class Debt(BaseModel):
    ranking: Literal["first_mortgage", "second_mortgage", "senior_secured", "unsecured"]
    coupon: Percent
    term_months: Months
    interest_paid: Literal["monthly", "quarterly", "yearly", "at_end"]
    ltv: Percent | None = None
    security: Line


class Token(BaseModel):
    unlock_months: Months
    vesting_months: Months | None = None
    rights: Line


class Fund(BaseModel):
    strategy: Line
    target_irr: Percent
    hold_months: Months
    management_fee: Percent
    carry: Percent
    hurdle: Percent | None = None


class RealEstate(BaseModel):
    target_irr: Percent
    hold_months: Months
    property_value: Amount
    ltv: Percent | None = None
    income_paid: Literal["monthly", "quarterly", "yearly", "at_end"]


class RevenueShare(BaseModel):
    share: Percent
    multiple: Annotated[int, BeforeValidator(_multiple)]
    term_months: Months
    income_paid: Literal["monthly", "quarterly", "yearly", "at_end"]


TERMS: dict[str, type[BaseModel]] = {
    "equity": Equity,
    "debt": Debt,
    "token": Token,
    "fund": Fund,
    "real_estate": RealEstate,
    "revenue_share": RevenueShare,
}
# How a term is counted; the others are words.
UNITS = dict.fromkeys(("pre_money", "valuation_cap", "property_value"), "amount")
UNITS |= dict.fromkeys(
    ("discount", "coupon", "ltv", "target_irr", "management_fee", "carry", "hurdle", "share"), "percent"
)
UNITS |= dict.fromkeys(("term_months", "unlock_months", "vesting_months", "hold_months"), "months")
UNITS |= {"multiple": "multiple"}
# The two terms that a card shows beside the smallest ticket.
KEY_TERMS = {
    "equity": ("unit_price", "pre_money"),
    "debt": ("coupon", "term_months"),
    "token": ("unit_price", "unlock_months"),
    "fund": ("target_irr", "hold_months"),
    "real_estate": ("target_irr", "hold_months"),
    "revenue_share": ("share", "multiple"),
}


def fields_of(kind: str) -> list[str]:
    """Return the names of every field that a draft of this kind has."""
    return ["asset", *(name for model in (Offer, TERMS[kind], Story) for name in model.model_fields)]


def read(kind: str, form: Mapping[str, str], ground: Ground) -> Reading:
    """Return what the draft says. Nothing is raised for what is wrong: it stands in `problems`, by field."""
    asset = next((asset for asset in ground.assets if asset.key == form.get("asset")), None)
    reading = Reading(problems={} if asset else {"asset": "choice"})
    context = {"asset": asset or ground.assets[0], "zone": ground.zone}
    story: dict[str, Any] = {}
    for model, target in ((Offer, reading.values), (TERMS[kind], reading.terms), (Story, story)):
        _read_fields(model, form, context, target, reading.problems)
    reading.values["story"] = story
    reading.values["asset"] = asset
    reading.terms.update({name: str(reading.terms[name]) for name in reading.terms if UNITS.get(name) == "amount"})
    _compare(reading, ground.now)
    return reading


def _read_fields(
    model: type[BaseModel],
    form: Mapping[str, str],
    context: dict[str, Any],
    target: dict[str, Any],
    problems: dict[str, str],
) -> None:
    for name, info in model.model_fields.items():
        text = form.get(name, "").strip()
        if not text:
            if info.is_required():
                problems[name] = "needed"
            continue
        try:
            target[name] = _adapter(model, name).validate_python(text, context=context)
        except ValidationError as refused:
            code = refused.errors()[0]["type"]
            problems[name] = "choice" if code == "literal_error" else code


@lru_cache(maxsize=128)
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    kind: Any = info.annotation
    for extra in info.metadata:
        kind = Annotated[kind, extra]
    return TypeAdapter(kind)


def _compare(reading: Reading, now: datetime) -> None:
    """Note what contradicts itself among the fields that are right by themselves."""
    said = reading.values

    def unless(fine: bool, name: str, code: str) -> None:
        if not fine:
            reading.problems.setdefault(name, code)

    hard, least, price = said.get("hard_cap"), said.get("min_ticket"), said.get("unit_price")
    if hard is not None:
        for name in ("soft_cap", "min_ticket", "max_ticket"):
            unless(said.get(name, 0) <= hard, name, "above_hard_cap")
    if least is not None:
        unless(said.get("max_ticket", least) >= least, "max_ticket", "below_min_ticket")
        unless(price is None or price <= least, "unit_price", "above_min_ticket")
    if hard is not None and price is not None:
        unless(hard * 10**TOKEN_DECIMALS // price <= _MOST_TOKENS, "unit_price", "too_many_tokens")
    if closes := said.get("closes_at"):
        unless(closes > now + timedelta(hours=1), "closes_at", "past")
        unless(closes > said.get("opens_at", now), "closes_at", "before_opening")
    both = set(said.get("eligible_countries", ())) & set(said.get("blocked_countries", ()))
    unless(not both, "blocked_countries", "both_lists")
