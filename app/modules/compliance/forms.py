"""What a person declares, step by step."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import DateField, MultipleFileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.modules.compliance import rules
from app.modules.compliance.rules import Step
from app.modules.documents import service as documents
from app.web.countries import countries

YOUNGEST, OLDEST = 18, 120  # years
MOST_FILES = 6

SOURCES = {
    "salary": _l("Salary or fees"),
    "savings": _l("Savings"),
    "sale": _l("Sale of property or a company"),
    "inheritance": _l("Inheritance or gift"),
    "business": _l("Profits of a business"),
}
GROUNDS = {
    "wealth": _l("Net worth, without the home, above the threshold of your country"),
    "income": _l("Income above the threshold in the last two years"),
    "experience": _l("Professional experience in finance"),
    "institution": _l("I act for an institution"),
}


def _text(label: Any, missing: Any, most: int, **about: Any) -> StringField:
    required = InputRequired(missing)
    most_said = Length(max=most, message=_l("At most %(max)d characters."))
    return StringField(label, [required, most_said], filters=[lambda text: (text or "").strip()], render_kw=about)


class DayField(DateField):
    """A date, refused with a sentence that shows how to write one."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter a date, for example 1987-05-23.")) from None


class StepForm(FlaskForm):  # type: ignore[misc]
    """A step without files."""

    def declared(self) -> dict[str, str]:
        """Return the typed values as plain text."""
        return {
            name: field.data.isoformat() if isinstance(field.data, date) else str(field.data or "")
            for name, field in self._fields.items()
            if name not in ("csrf_token", "kind", "files")
        }

    def sent(self) -> list[tuple[str, bytes]]:
        """Return the chosen files, name and content, once."""
        chosen: list[FileStorage] = [file for file in self.files.data or () if file] if "files" in self else []
        read = [(file.filename or "", file.read(documents.MAX_BYTES + 1)) for file in chosen]
        for file in chosen:
            file.close()  # large ones lie in temporary files
        return read


class AboutForm(StepForm):
    """Who somebody is."""

    legal_name = _text(_l("Full name, as in your passport"), _l("Enter your name."), 120, autocomplete="name")
    born = DayField(
        _l("Date of birth"),
        [InputRequired(_l("Enter your date of birth."))],
        render_kw={"autocomplete": "bday"},
    )
    nationality = SelectField(_l("Nationality"), [InputRequired(_l("Choose your nationality."))])

    def __init__(self, *, today: date, **options: Any) -> None:
        super().__init__(**options)
        self.today = today
        self.nationality.choices = [("", _("Choose a country")), *countries()]

    def validate_born(self, field: DateField) -> None:
        born: date = field.data or self.today
        birthday_passed = (self.today.month, self.today.day) >= (born.month, born.day)
        age = self.today.year - born.year - (0 if birthday_passed else 1)
        if age < YOUNGEST:
            raise ValidationError(_("You have to be at least %(years)s years old.", years=YOUNGEST))
        if age > OLDEST:
            raise ValidationError(_("Check the year."))


class FilesForm(StepForm):
    """A step with documents. `step` says which kinds; `has_files`: enough were sent before."""

    step: Step
    kind = RadioField(_l("Kind of document"), validate_choice=False)
    files = MultipleFileField(_l("File"), render_kw={"accept": documents.ACCEPT})

    def __init__(self, *, has_files: bool, **options: Any) -> None:
        super().__init__(**options)
        self.has_files = has_files
        self.kind.flags.required = self.files.flags.required = not has_files
        self.kind.choices = [(kind, _(rules.KIND_LABELS[kind])) for kind in rules.REQUIREMENTS[self.step].kinds]

    def validate_kind(self, field: RadioField) -> None:
        if any(self.files.data or ()) and field.data not in rules.REQUIREMENTS[self.step].kinds:
            raise ValidationError(_("Choose the kind of document."))

    def validate_files(self, field: MultipleFileField) -> None:
        chosen = [file for file in field.data or () if file]
        if not chosen and not self.has_files:
            raise ValidationError(_("Choose a file."))
        if len(chosen) > MOST_FILES:
            raise ValidationError(_("Send at most %(number)s files at once.", number=MOST_FILES))


class IdentityForm(FilesForm):
    """An identity document."""

    step = Step.IDENTITY


class AddressForm(FilesForm):
    """An address and its proof."""

    step = Step.ADDRESS
    street = _text(_l("Street and number"), _l("Enter the street and number."), 200, autocomplete="street-address")
    postcode = _text(_l("Postcode"), _l("Enter the postcode."), 20, autocomplete="postal-code")
    city = _text(_l("City"), _l("Enter the city."), 120, autocomplete="address-level2")
    country = SelectField(_l("Country"), [InputRequired(_l("Choose the country."))])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.country.choices = [("", _("Choose a country")), *countries()]


class FundsForm(FilesForm):
    """Where the money comes from."""

    step = Step.FUNDS
    source = SelectField(_l("Where the money comes from"), [InputRequired(_l("Choose a source."))])
    explanation = TextAreaField(
        _l("In your words"),
        [
            InputRequired(_l("Tell us in a sentence or two.")),
            Length(max=2000, message=_l("At most %(max)d characters.")),
        ],
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.source.choices = [("", _("Choose a source")), *SOURCES.items()]


class StandingForm(FilesForm):
    """Why somebody counts as accredited."""

    step = Step.STANDING
    ground = SelectField(_l("Why you qualify"), [InputRequired(_l("Choose a reason."))])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ground.choices = [("", _("Choose a reason")), *GROUNDS.items()]


def of_step(step: Step, declared: Mapping[str, str], *, has_files: bool, today: date) -> StepForm:
    """Return the form of a step, filled with what was declared before."""
    if step is Step.ABOUT:
        values: dict[str, Any] = {**declared}
        if values.get("born"):
            values["born"] = date.fromisoformat(values["born"])
        return AboutForm(today=today, data=values)
    kinds: tuple[type[FilesForm], ...] = (IdentityForm, AddressForm, FundsForm, StandingForm)
    return next(kind for kind in kinds if kind.step is step)(has_files=has_files, data=dict(declared))
