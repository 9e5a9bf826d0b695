"""What a person declared, in words for people."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.modules.compliance import rules
from app.modules.compliance.forms import GROUNDS, SOURCES
from app.modules.compliance.models import Case
from app.modules.compliance.rules import Level
from app.web.countries import country_name
from app.web.dates import date_text

LABELS = {
    "legal_name": _l("Name"),
    "born": _l("Date of birth"),
    "nationality": _l("Nationality"),
    "street": _l("Street and number"),
    "postcode": _l("Postcode"),
    "city": _l("City"),
    "country": _l("Country"),
    "source": _l("Source of funds"),
    "explanation": _l("In their words"),
    "ground": _l("Ground"),
}


def declared(case: Case) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return, for each step with typed parts, its code, its name, and its fields with their values."""
    return [
        (step.value, _(rules.REQUIREMENTS[step].label), _fields(case, step))
        for step in rules.STEPS[Level(case.level)]
        if rules.REQUIREMENTS[step].fields
    ]


def _fields(case: Case, step: rules.Step) -> list[tuple[str, str]]:
    values = case.declared.get(step, {})
    return [(str(LABELS[name]), _value(name, values.get(name, ""))) for name in rules.REQUIREMENTS[step].fields]


def _value(name: str, value: str) -> str:
    if not value:
        return "–"
    if name == "born":
        return date_text(date.fromisoformat(value))
    if name in ("nationality", "country"):
        return country_name(value)
    return str({"source": SOURCES, "ground": GROUNDS}.get(name, {}).get(value, value))
