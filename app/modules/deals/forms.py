"""The forms of deals. The editor is made of the fields of a kind; what they say is judged by rules_terms alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from app.core.money import Asset
from app.modules.deals import rules_terms
from app.modules.deals.forms_words import CHOICES, COVERS, KINDS, LABELS, MONEY, REGIMES, problem

LONG = frozenset({"overview", "purpose", "highlights", "risks", "team", "security", "strategy", "rights"})
HINTS = {
    "summary": _l("At most 160 characters; it stands on the card."),
    "unit_price": _l("What one share, note or token costs."),
    "eligible_countries": _l("Two-letter codes with commas; empty means every country."),
    "blocked_countries": _l("Two-letter codes with commas."),
    "opens_at": _l("From midnight of this day, in the site's time zone."),
    "closes_at": _l("Until the end of this day, in the site's time zone."),
    "token_symbol": _l("2 to 11 capital letters or digits, for example HQR."),
    "proceeds_address": _l("Empty: the platform's treasury receives it and pays it on."),
    "highlights": _l("One point a line."),
    "risks": _l("One risk a line, the gravest first."),
    "team": _l("One person a line: Name | Role | A sentence about them."),
    "purpose": _l("Plain words, at most 600 characters."),
    "overview": _l("Paragraphs with an empty line between them."),
    "multiple": _l("How many times the amount is paid back at most, for example 1.6."),
}
AFTER = {name: "%" for name, unit in rules_terms.UNITS.items() if unit == "percent"}
AFTER |= {name: _l("months") for name, unit in rules_terms.UNITS.items() if unit == "months"}
AFTER |= {"multiple": "×"}
ACCESS = {
    "public": _l("Everybody"),
    "registered": _l("Registered people"),
    "verified": _l("Verified people"),
    "invested": _l("Investors of this deal"),
}
# The editor's sections; `terms` stands for those of the kind.
SECTIONS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "basics": (_l("Basics"), ("title", "summary", "issuer_name", "location", "sector", "cover_kind")),
    "terms": (_l("Instrument"), ()),
    "amounts": (_l("Amounts"), ("asset", "unit_price", "soft_cap", "hard_cap", "min_ticket", "max_ticket")),
    "period": (_l("Period"), ("opens_at", "closes_at")),
    "compliance": (_l("Compliance"), ("regime", "eligible_countries", "blocked_countries")),
    "units": (_l("Units and proceeds"), ("token_symbol", "proceeds_address")),
    "story": (_l("Story"), ("overview", "purpose", "highlights", "risks", "team")),
}


def editor(kind: str, typed: Mapping[str, str], assets: Iterable[Asset]) -> FlaskForm:
    """Return the editor of a draft filled with what was typed; errors are put in by `mark`."""
    fields = {name: _field(name, assets) for name in rules_terms.fields_of(kind)}
    form: FlaskForm = type("DealForm", (FlaskForm,), fields)(formdata=None, data=dict(typed))
    for name in fields:
        form[name].flags.required = _is_needed(kind, name)
    return form


def typed(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return what a request says of a draft's fields, as it was typed."""
    return {name: values[name] for name in rules_terms.fields_of(kind) if name in values}


def mark(form: FlaskForm, problems: Mapping[str, str], *, all_of_them: bool) -> None:
    """Write problems beside their fields; those that are only still empty, if all are wanted."""
    for name, code in problems.items():
        if name in form and (all_of_them or code != "needed"):
            form[name].errors = [problem(code)]


def sections(kind: str, problems: Mapping[str, str]) -> list[tuple[str, Any, list[str], int]]:
    """Return the editor's sections: key, title, fields, and how many of them have a problem."""
    shown = []
    for key, (title, names) in SECTIONS.items():
        held = list(rules_terms.TERMS[kind].model_fields) if key == "terms" else list(names)
        shown.append((key, title, held, sum(name in problems for name in held)))
    return shown


def _field(name: str, assets: Iterable[Asset]) -> Field:
    label, hint = LABELS[name], HINTS.get(name, "")
    options = _options(name, assets)
    made: Any
    if options is not None:
        made = SelectField(label, choices=options, description=hint, validate_choice=False)
    elif name in LONG:
        made = TextAreaField(label, description=hint)
    else:
        made = StringField(label, description=hint, render_kw=_control(name))
    field: Field = made
    return field


def _control(name: str) -> dict[str, Any]:
    if name in ("opens_at", "closes_at"):
        return {"type": "date"}
    if name in MONEY or name in AFTER:
        return {"inputmode": "decimal", "autocomplete": "off"}
    return {"maxlength": 160}


def _options(name: str, assets: Iterable[Asset]) -> list[SelectChoice] | None:
    if name == "asset":
        return _choices({asset.key: asset.code for asset in assets})
    if name == "regime":
        return _choices(REGIMES)
    if name == "cover_kind":
        return _choices({"": _l("Chosen by kind")} | COVERS)
    if name in CHOICES:
        return _choices({"": _l("Choose")} | CHOICES[name])
    return None


def _choices(options: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in options.items()]


def _is_needed(kind: str, name: str) -> bool:
    if name == "asset":
        return True
    models = (rules_terms.Offer, rules_terms.TERMS[kind], rules_terms.Story)
    return any(model.model_fields[name].is_required() for model in models if name in model.model_fields)


_text = InputRequired(_l("Write something first."))


class NewDeal(FlaskForm):  # type: ignore[misc]
    """What a draft begins with."""

    title = StringField(
        LABELS["title"],
        validators=[InputRequired(_l("Enter a title.")), Length(max=80, message=_l("At most 80 characters."))],
    )
    kind = SelectField(_l("Kind"), choices=_choices(KINDS), validators=[InputRequired()])


class Comment(FlaskForm):  # type: ignore[misc]
    """A line of the conversation."""

    body = TextAreaField(
        _l("Message"),
        validators=[_text, Length(max=2000, message=_l("At most 2,000 characters."))],
    )


class Update(FlaskForm):  # type: ignore[misc]
    """News for investors."""

    title = StringField(
        _l("Headline"),
        validators=[InputRequired(_l("Enter a headline.")), Length(max=120, message=_l("At most 120 characters."))],
    )
    body = TextAreaField(
        _l("Text"),
        validators=[_text, Length(max=6000, message=_l("At most 6,000 characters."))],
    )


class Question(FlaskForm):  # type: ignore[misc]
    """A question that is often asked."""

    question = StringField(
        _l("Question"),
        validators=[InputRequired(_l("Enter the question.")), Length(max=300, message=_l("At most 300 characters."))],
    )
    answer = TextAreaField(
        _l("Answer"),
        validators=[InputRequired(_l("Enter the answer.")), Length(max=3000, message=_l("At most 3,000 characters."))],
    )


class Attachment(FlaskForm):  # type: ignore[misc]
    """A document for the data room."""

    title = StringField(_l("Name of the document"), validators=[Length(max=120, message=_l("At most 120 characters."))])
    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])
    access = SelectField(
        _l("Who may read it"),
        choices=_choices(ACCESS),
    )
    required = BooleanField(_l("Investors must accept it before they pay"))


class Decision(FlaskForm):  # type: ignore[misc]
    """A reviewer's decision."""

    reason = TextAreaField(
        _l("Reason, shown to the issuer"), validators=[Length(max=2000, message=_l("At most 2,000 characters."))]
    )
