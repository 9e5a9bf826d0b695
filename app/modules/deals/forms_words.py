"""The words of deals: what kinds, states, terms and problems are called. Text is read in the language of the page."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.money import Asset
from app.modules.deals.rules_terms import KEY_TERMS, TERMS, UNITS
from app.web import dates, numbers

KINDS = {
    "equity": _l("Equity"),
    "debt": _l("Debt"),
    "token": _l("Token"),
    "fund": _l("Fund"),
    "real_estate": _l("Real estate"),
    "revenue_share": _l("Revenue share"),
}
REGIMES = {
    "none": _l("No particular regime"),
    "ecspr": _l("ECSPR (EU crowdfunding)"),
    "reg_cf": _l("Regulation CF (US crowdfunding)"),
    "506b": _l("Rule 506(b) (US private placement, members only)"),
    "506c": _l("Rule 506(c) (US, accredited investors)"),
    "reg_s": _l("Regulation S (outside the US)"),
}
REGIME_TAGS = {"none": "", "ecspr": "ECSPR", "reg_cf": "Reg CF", "506b": "506(b)", "506c": "506(c)", "reg_s": "Reg S"}
# What a deal's state is called, its tone and its shape.
PILLS = {
    "draft": (_l("Draft"), "", "wait"),
    "submitted": (_l("In review"), "warn", "wait"),
    "changes_requested": (_l("Changes wanted"), "warn", ""),
    "approved": (_l("Approved"), "ok", ""),
    "opening": (_l("Being set up"), "warn", "wait"),
    "scheduled": (_l("Coming soon"), "", "wait"),
    "open": (_l("Open"), "brand", ""),
    "closing_soon": (_l("Closing soon"), "warn", ""),
    "full": (_l("Fully subscribed"), "", ""),
    "paused": (_l("Paused"), "warn", "stop"),
    "funded": (_l("Closed, funded"), "ok", ""),
    "failed": (_l("Closed, refunded"), "", "stop"),
    "closed": (_l("Closed"), "", ""),
    "cancelled": (_l("Cancelled"), "bad", "stop"),
}
# What a reader must be told, in the regime's own words where it has some.
WARNINGS = {
    # Delegated Regulation (EU) 2022/2114, article 4.
    "ecspr": _l(
        "An investment in a crowdfunding project includes the risk of losing the entirety of the money invested."
    ),
    "reg_cf": _l("You could lose all the money you invest. No federal or state authority has passed on this offering."),
    "506b": _l("This placement is offered only to people the platform knows. You could lose all the money you invest."),
    "506c": _l("Only accredited investors can take part. You could lose all the money you invest."),
    "reg_s": _l("Not offered in the United States or to US persons. You could lose all the money you invest."),
    "none": _l("You could lose all the money you invest, and you may not be able to sell when you want to."),
}
LABELS = {
    "asset": _l("Paid in"),
    "title": _l("Title"),
    "summary": _l("In one sentence"),
    "issuer_name": _l("Issuing company"),
    "location": _l("Place"),
    "sector": _l("Sector"),
    "soft_cap": _l("Minimum (soft cap)"),
    "hard_cap": _l("Maximum (hard cap)"),
    "min_ticket": _l("Smallest ticket"),
    "max_ticket": _l("Largest ticket"),
    "unit_price": _l("Price of one unit"),
    "opens_at": _l("Opens"),
    "closes_at": _l("Closes"),
    "regime": _l("Offering regime"),
    "eligible_countries": _l("Open to residents of"),
    "blocked_countries": _l("Not open to residents of"),
    "token_symbol": _l("Symbol of the units"),
    "proceeds_address": _l("Address that receives the money"),
    "cover_kind": _l("Cover"),
    "instrument": _l("Instrument"),
    "pre_money": _l("Pre-money valuation"),
    "valuation_cap": _l("Valuation cap"),
    "discount": _l("Discount"),
    "ranking": _l("Ranking"),
    "coupon": _l("Coupon"),
    "term_months": _l("Term"),
    "interest_paid": _l("Interest paid"),
    "ltv": _l("Loan to value"),
    "security": _l("Security"),
    "unlock_months": _l("Locked for"),
    "vesting_months": _l("Then released over"),
    "rights": _l("What the token gives"),
    "strategy": _l("Strategy"),
    "target_irr": _l("Target IRR"),
    "hold_months": _l("Hold"),
    "management_fee": _l("Management fee"),
    "carry": _l("Carried interest"),
    "hurdle": _l("Hurdle"),
    "property_value": _l("Value of the property"),
    "income_paid": _l("Income paid"),
    "share": _l("Share of revenue"),
    "multiple": _l("Until repaid"),
    "overview": _l("Overview"),
    "purpose": _l("Use of the money"),
    "highlights": _l("Highlights"),
    "risks": _l("Risks"),
    "team": _l("Team"),
}
COVERS: dict[str, Any] = {
    "contour": _l("Contour lines"),
    "turbines": _l("Wind turbines"),
    "array": _l("Solar field"),
    "orchard": _l("Orchard"),
    "dam": _l("Dam"),
    "facade": _l("Houses"),
    "shed": _l("Hall"),
    "mains": _l("Pipes under a town"),
    "vessel": _l("Ship"),
    "lab": _l("Laboratory"),
    "lattice": _l("Lattice"),
    "ledger": _l("Rosette of a banknote"),
    "orrery": _l("Orbits"),
}
CHOICES: dict[str, dict[str, Any]] = {
    "instrument": {
        "ordinary": _l("Ordinary shares"),
        "preferred": _l("Preferred shares"),
        "safe": _l("SAFE"),
        "convertible": _l("Convertible note"),
    },
    "ranking": {
        "first_mortgage": _l("First mortgage"),
        "second_mortgage": _l("Second mortgage"),
        "senior_secured": _l("Senior secured"),
        "unsecured": _l("Unsecured"),
    },
    "interest_paid": {
        "monthly": _l("Monthly"),
        "quarterly": _l("Quarterly"),
        "yearly": _l("Yearly"),
        "at_end": _l("At the end"),
    },
}
CHOICES["income_paid"] = CHOICES["interest_paid"]
SENTENCES = frozenset({"security", "strategy", "rights"})
MONEY = frozenset({"soft_cap", "hard_cap", "min_ticket", "max_ticket", "unit_price"}) | {
    name for name, unit in UNITS.items() if unit == "amount"
}
A_YEAR = frozenset({"coupon", "target_irr", "management_fee", "hurdle"})
PROBLEMS = {
    "needed": _l("Fill this in."),
    "too_long": _l("This is too long."),
    "characters": _l("Remove the characters that can't be shown."),
    "choice": _l("Choose one of the list."),
    "amount": _l("Enter an amount in digits, for example 5000 or 5000.50."),
    "amount_zero": _l("Enter an amount above zero."),
    "percent": _l("Enter a percentage from 0 to 100, with at most two decimals."),
    "multiple": _l("Enter a multiple like 1.6, up to 100."),
    "months": _l("Enter a number of months from 1 to 600."),
    "date": _l("Enter a date like 2027-01-14."),
    "past": _l("Choose a date that is still to come."),
    "before_opening": _l("Closing must come after opening."),
    "countries": _l("Use two-letter country codes with commas, for example NL, DE, FR."),
    "both_lists": _l("A country stands in both lists."),
    "lines": _l("Write one point a line: at most 12 lines of 400 characters."),
    "people": _l("Write one person a line, as: Name | Role | A sentence about them."),
    "symbol": _l("Use 2 to 11 capital letters or digits, beginning with a letter."),
    "address": _l("Enter an address of 42 characters that begins with 0x."),
    "above_hard_cap": _l("This must not be above the maximum (hard cap)."),
    "below_min_ticket": _l("This must not be below the smallest ticket."),
    "above_min_ticket": _l("One unit must not cost more than the smallest ticket."),
    "too_many_tokens": _l("This price makes too many units. Choose a higher one."),
}


def problem(code: str) -> str:
    """Return what to do about a problem of rules_terms.read."""
    return str(PROBLEMS.get(code, PROBLEMS["choice"]))


def months(count: int) -> str:
    """Return a duration in words: whole years from three years on, else months."""
    if count >= 36 and count % 12 == 0:
        return str(ngettext("%(num)s year", "%(num)s years", count // 12))
    return str(ngettext("%(num)s month", "%(num)s months", count))


def term(name: str, value: Any, asset: Asset) -> Any:
    """Return a term as people read it; amounts are strings of base units, percentages hundredths."""
    if value is None or value == "":
        return numbers.NO_VALUE
    unit = UNITS.get(name)
    if unit == "amount":
        return numbers.money(int(value), asset)
    if unit == "percent":
        share = numbers.basis_points(value)
        return _("%(share)s a year", share=share) if name in A_YEAR else share
    if unit == "months":
        return months(value)
    if unit == "multiple":
        return _("%(times)s× of the amount", times=numbers.number(value / 100, 2).rstrip("0").rstrip("."))
    return CHOICES.get(name, {}).get(value, value)


def terms(deal: Any) -> list[tuple[Any, Any]]:
    """Return label and value of the terms of the deal's kind, in the order of its editor; sentences come last."""
    names = [name for name in TERMS[deal.kind].model_fields if name in deal.terms]
    names.sort(key=lambda name: name in SENTENCES)
    return [(LABELS[name], term(name, deal.terms[name], deal.asset)) for name in names]


def typed(name: str, text: str, asset: Asset) -> str:
    """Return what was typed into a field as a reviewer reads it; what isn't understood stays as it was typed."""
    text = text.strip()
    if not text:
        return ""
    if name == "asset":
        return text.partition("@")[0]
    if name == "regime":
        return str(REGIMES.get(text, text))
    if name == "cover_kind":
        return str(COVERS.get(text, text))
    if name == "team":
        return text.replace(" | ", ", ")
    if name in ("opens_at", "closes_at"):
        return dates.date_text(date.fromisoformat(text[:10])) if re.match(r"\d{4}-[01]\d-[0-3]\d", text) else text
    if name in MONEY:
        return f"{asset.code}\u00a0{text}"
    return _with_unit(name, str(CHOICES.get(name, {}).get(text, text)))


def _with_unit(name: str, text: str) -> str:
    unit = UNITS.get(name)
    if unit == "percent":
        return f"{text}%"
    if unit == "months":
        return months(int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else text
    return f"{text}×" if unit == "multiple" else text


ON_CARDS = {
    "unit_price": _l("Price"),
    "pre_money": _l("Pre-money"),
    "share": _l("Of revenue"),
    "multiple": _l("Repaid up to"),
    "unlock_months": _l("Locked"),
}


def facts(deal: Any) -> list[tuple[str, Any]]:
    """Return the three cells of a card: two terms of its kind, and the smallest ticket."""
    shown: list[tuple[Any, Any]] = []
    for name in KEY_TERMS[deal.kind]:
        value = deal.unit_price if name == "unit_price" else deal.terms.get(name)
        short = _short(name, value, deal.asset)
        shown.append((ON_CARDS.get(name) or LABELS[name], short or term(name, value, deal.asset)))
    return [*shown, (_("Minimum"), numbers.money(deal.min_ticket, deal.asset))]


def _short(name: str, value: Any, asset: Asset) -> Any:
    """Return the shorter form that a narrow card wants, where there is one."""
    if value is None:
        return None
    if name == "unit_price":
        return numbers.money(value, asset)
    if name == "multiple":
        return numbers.times(Decimal(value) / 100)
    return numbers.money_compact(int(value), asset) if UNITS.get(name) == "amount" else None


def closing(deal: Any, now: datetime) -> Any:
    """Return when a deal opens, how long it stays open, or when it closed."""
    if deal.status == "scheduled" or (deal.status == "open" and deal.opens_at is not None and deal.opens_at > now):
        return _("opens %(date)s", date=dates.date_text(deal.opens_at))
    if deal.status in ("open", "paused"):
        return dates.left(deal.closes_at, now, _("closing"))
    return _("closed %(date)s", date=dates.date_text(deal.closes_at)) if deal.closes_at else ""


def kind_line(deal: Any) -> str:
    """Return what a deal is, and where: `Debt, housing, Rotterdam`; without the kind where the sector names it."""
    kind = str(KINDS[deal.kind])
    parts = (
        [deal.sector, deal.location]
        if kind.casefold() in deal.sector.casefold()
        else [kind, deal.sector, deal.location]
    )
    return str(_(", ")).join(part for part in parts if part)
