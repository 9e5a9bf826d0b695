"""What issuers type, and what is read from it: terms typed per kind, amounts in base units, days in the site's zone.

A draft keeps the text as it was typed; reading it gives values for what is right and a code for each field that isn't.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.core.money import Asset
from app.modules.deals.rules import TOKEN_DECIMALS
from app.modules.deals.rules_fields import (
    Amount,
    Closing,
    Countries,
    Line,
    Lines,
    Months,
    Multiple,
    Opening,
    People,
    Percent,
    line,
    matching,
)
from tenants.settings import TenantSettings

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


class Offer(BaseModel):
    """What every kind of deal has."""

    title: Annotated[str, line(80)]
    summary: Annotated[str, line(160)]
    issuer_name: Annotated[str, line(100)]
    location: Annotated[str, line(60)]
    sector: Annotated[str, line(40)]
    soft_cap: Amount
    hard_cap: Amount
    min_ticket: Amount
    max_ticket: Amount | None = None
    unit_price: Amount
    opens_at: Opening
    closes_at: Closing
    regime: Literal["none", "ecspr", "reg_cf", "506b", "506c", "reg_s"]
    eligible_countries: Countries = []
    blocked_countries: Countries = []
    token_symbol: Annotated[str, matching(r"[A-Z][A-Z0-9]{1,10}", "symbol")]
    proceeds_address: Annotated[str, matching(r"0x(?!0{40})[0-9a-fA-F]{40}", "address")] = ""
    cover_kind: Annotated[str, matching(r"[a-z]{2,20}", "choice")] = ""


class Story(BaseModel):
    """What is told about it."""

    overview: Annotated[str, line(6000)]
    purpose: Annotated[str, line(600)]
    highlights: Lines
    risks: Lines
    team: People


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
    multiple: Multiple
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
