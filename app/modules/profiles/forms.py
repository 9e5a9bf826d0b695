"""What a person types about themselves and about those in whose name they invest. `rules` judges it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.widgets import DateInput

from app.modules.profiles import rules
from app.modules.profiles.errors import BadValues
from app.modules.profiles.forms_words import NO_TIN, sentence
from app.web.countries import countries


def _text(label: Any, autocomplete: str = "off", **options: Any) -> StringField:
    return StringField(label, render_kw={"autocomplete": autocomplete}, **options)


def _date(label: Any, autocomplete: str = "off") -> StringField:
    return StringField(label, widget=DateInput(), render_kw={"autocomplete": autocomplete})


def _country(label: Any, autocomplete: str = "off") -> SelectField:
    return SelectField(label, validate_choice=False, render_kw={"autocomplete": autocomplete})


class _Form(FlaskForm):  # type: ignore[misc]  # the package has no types
    """A form whose values are judged by the rules, so that pages and interface refuse the same."""

    lists: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        listed = [SelectChoice("", _("Choose a country"))]
        listed += [SelectChoice(code, name) for code, name in countries()]
        for field in self:
            if isinstance(field, SelectField) and field.short_name.endswith(("country", "nationality")):
                field.choices = listed

    def values(self) -> dict[str, Any]:
        """Return what was typed, by the names that the rules know."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}

    def refuse(self, refused: BadValues) -> None:
        """Say at each field what is wrong with it."""
        for name, code in refused.fields.items():
            field = name if name in self else next(iter(self._fields))
            self[field].errors = [sentence(name, code)]


def _numbered(prefix: str, most: int, parts: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{number}_{part}": make() for number in range(1, most + 1) for part, make in parts.items()}


def _rows(form: FlaskForm, prefix: str, most: int, parts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {part: form[f"{prefix}_{number}_{part}"].data for part in parts}
        for number in range(1, most + 1)
        if any(form[f"{prefix}_{number}_{part}"].data for part in parts)
    ]


def _spread(prefix: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{prefix}_{number}_{part}": value for number, row in enumerate(rows, 1) for part, value in row.items()}


class _PersonalFields(_Form):
    legal_name = _text(_l("Full name, as in your passport"), "name")
    born = _date(_l("Date of birth"), "bday")
    nationality = _country(_l("Nationality"))
    street = _text(_l("Street and number"), "street-address")
    postcode = _text(_l("Postcode"), "postal-code")
    city = _text(_l("City"), "address-level2")
    country = _country(_l("Country"), "country")
    phone = _text(_l("Phone"), "tel", description=_l("With the country, for example +31 20 123 4567."))


_RESIDENCES = _numbered(
    "tax",
    rules.MOST_RESIDENCES,
    {
        "country": lambda: _country(_l("Country of tax residence")),
        "tin": lambda: _text(_l("Tax number")),
        "reason": lambda: SelectField(_l("If there is no number"), validate_choice=False),
    },
)


class PersonalForm(type("_WithResidences", (_PersonalFields,), _RESIDENCES)):  # type: ignore[misc]
    """Who somebody is, where they live and where they pay tax."""

    def __init__(self, *, said: Mapping[str, Any] | None = None, **options: Any) -> None:
        """`said` is what was said before."""
        before = dict(said or {})
        super().__init__(data={**before, **_spread("tax", before.get("residences", ()))}, **options)
        for number in range(1, rules.MOST_RESIDENCES + 1):
            self[f"tax_{number}_reason"].choices = [SelectChoice(code, str(text)) for code, text in NO_TIN.items()]

    def values(self) -> dict[str, Any]:
        """Return what was typed, the residences as a list."""
        said: dict[str, Any] = {name: self[name].data for name in rules.PERSONAL}
        return {**said, "residences": _rows(self, "tax", rules.MOST_RESIDENCES, rules.RESIDENCE)}


class JointForm(_Form):
    """The other person of two who invest together."""

    name = _text(_l("Full name of the other person"))
    born = _date(_l("Date of birth"))
    email = _text(_l("E-mail"))


class TrustForm(_Form):
    """A trust, and who acts for it."""

    name = _text(_l("Name of the trust"))
    country = _country(_l("Country whose law it follows"))
    trustees = TextAreaField(_l("Trustees"), description=_l("One on each line."), render_kw={"rows": 4})


class _CompanyFields(_Form):
    name = _text(_l("Legal name"), "organization")
    number = _text(_l("Registration number"))
    country = _country(_l("Country of registration"))
    lei = _text(_l("Legal entity identifier (LEI)"), description=_l("20 letters and digits, if the company has one."))
    address = TextAreaField(_l("Registered address"), render_kw={"rows": 3})
    no_owner = BooleanField(_l("Nobody owns 25 % or more"))


_OWNERS = _numbered(
    "owner",
    rules.MOST_OWNERS,
    {"name": lambda: _text(_l("Name of the owner")), "share": lambda: _text(_l("Share in percent"))},
)


class CompanyForm(type("_WithOwners", (_CompanyFields,), _OWNERS)):  # type: ignore[misc]
    """A company, and who owns it."""

    def values(self) -> dict[str, Any]:
        """Return what was typed, the owners as a list."""
        said: dict[str, Any] = {name: self[name].data for name in (*rules.FIELDS["company"], "no_owner")}
        return {**said, "owners": _rows(self, "owner", rules.MOST_OWNERS, rules.OWNER)}


def of_kind(kind: str, said: Mapping[str, Any]) -> _Form:
    """Return the form of a kind of profile, filled with what was said before."""
    forms: dict[str, type[_Form]] = {"joint": JointForm, "company": CompanyForm, "trust": TrustForm}
    form = forms[kind](data={**said, **_spread("owner", said.get("owners", ()))})
    for name in rules.FIELDS[kind]:
        form[name].flags.required = name not in rules.OPTIONAL
    return form
