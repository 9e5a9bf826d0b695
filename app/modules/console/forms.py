"""The forms about sites."""

import re
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    ColorField,
    DecimalField,
    EmailField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.modules.console import errors


def _choices(*pairs: tuple[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


PACKS = [
    ("modern", _l("Modern: a fund that builds")),
    ("classic", _l("Classic: a house that keeps")),
    ("minimal", _l("Minimal: a room with one window")),
]
FONTS = [
    ("system", _l("The reader’s own system font")),
    ("instrument-sans", "Instrument Sans"),
    ("newsreader", "Newsreader"),
    ("readex-pro", "Readex Pro"),
    ("vazirmatn", "Vazirmatn"),
]
MARKS = [
    ("none", _l("No mark")),
    ("ridge", _l("Ridge")),
    ("seal", _l("Seal")),
    ("crescent", _l("Crescent")),
    ("arch", _l("Arch")),
]
SIDES = [("left", _l("Left")), ("right", _l("Right"))]
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LEVELS = [
    ("basic", _l("Confirmed e-mail address")),
    ("standard", _l("Identity and address")),
    ("enhanced", _l("Identity, address and source of funds")),
    ("accredited", _l("Accredited investors alone")),
]


class Form(FlaskForm):  # type: ignore[misc]  # the package has no types
    """A form of the person's request, with its token."""

    def take(self, refused: errors.BadSite) -> None:
        """Show what the service refused beside the field it is about, or over the form."""
        for name, problem in refused.fields.items():
            field = self._fields.get(name.partition(".")[0])
            if field is None:
                self.form_errors.append(f"{name}: {problem}")
            else:
                field.errors = [*field.errors, _words(problem)]


def _words(problem: str) -> str:
    known = {
        "shape": _("Use letters, digits and hyphens, for example north-quay or invest.example.org."),
        "reserved": _("This name is reserved. Choose another."),
        "taken": _("This is in use already. Choose another."),
        "differs": _("Type the name exactly as it is shown."),
    }
    return str(known.get(problem, problem))


def text(field: StringField) -> str:
    """Return what was typed, without the space around it."""
    return (field.data or "").strip()


class BoxesField(SelectMultipleField):
    """Several values, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FoundForm(Form):
    """A new tenant."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter the name that visitors see.")), Length(max=120)])
    slug = StringField(
        _l("Short name"),
        [InputRequired(_l("Enter a short name."))],
        description=_l("For commands and files: 3 to 32 lower-case letters, digits and hyphens. It never changes."),
    )
    host = StringField(
        _l("Host name"),
        [Optional()],
        description=_l("Left empty, it is the short name under this installation’s domain."),
    )
    pack = RadioField(_l("Look"), choices=_choices(*PACKS), default="modern")
    admin_name = StringField(_l("Administrator’s name"), [InputRequired(_l("Enter the administrator’s name."))])
    admin_email = EmailField(
        _l("Administrator’s e-mail"),
        [
            InputRequired(_l("Enter the administrator’s e-mail address.")),
            Email(_l("Enter an e-mail address like name@example.org.")),
        ],
        description=_l("An invitation is mailed to this address; its link works for 72 hours."),
    )


class ReasonForm(Form):
    """Why a site is suspended: its visitors don't see it, its record does."""

    reason = StringField(_l("Reason"), [InputRequired(_l("Say why: it is kept in the record.")), Length(max=300)])


class CloseForm(Form):
    """Closing a site for good."""

    why = StringField(_l("Reason"), [InputRequired(_l("Say why: it is kept in the record.")), Length(max=300)])
    typed = StringField(_l("Short name of the tenant"), [InputRequired(_l("Type the short name to confirm."))])


class HostForm(Form):
    """Another host of a site."""

    host = StringField(_l("Host name"), [InputRequired(_l("Enter a host name, for example invest.example.org."))])
    kind = SelectField(
        _l("What it does"),
        choices=_choices(("redirect", _l("Leads to the primary host")), ("serve", _l("Shows the site too"))),
    )


class SettingsForm(Form):
    """What a site is set to."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter the name that visitors see.")), Length(max=120)])
    languages = BoxesField(_l("Languages"), choices=_choices(*LANGUAGES))
    currency = StringField(
        _l("Currency of the books"),
        [InputRequired(_l("Enter a currency.")), Regexp(r"^[A-Z]{3}$", message=_l("Three capitals, for example EUR."))],
    )
    time_zone = SelectField(
        _l("Time zone"), choices=_choices(*((zone, zone) for zone in sorted(available_timezones())))
    )
    contact_email = EmailField(
        _l("Contact address"),
        [InputRequired(_l("Enter the address people write to.")), Email(_l("Enter an e-mail address."))],
    )
    contact_address = TextAreaField(_l("Postal address"), [Length(max=300)])
    legal_text = TextAreaField(
        _l("Line at the foot of every page"),
        [Length(max=2000)],
        description=_l("Who you are, who supervises you, and the warning that your regime asks for."),
    )
    terms_text = TextAreaField(_l("Terms of use"), [Length(max=20000)], render_kw={"rows": 10})
    privacy_text = TextAreaField(_l("Privacy notice"), [Length(max=20000)], render_kw={"rows": 10})
    required_level = SelectField(_l("Verification before investing"), choices=_choices(*LEVELS))
    invest_while_pending = BooleanField(
        _l("Let people invest while their verification is being reviewed"),
        description=_l("The money waits in escrow until it is decided."),
    )
    blocked_countries = StringField(
        _l("Countries that can’t invest"),
        [Regexp(r"^\s*([A-Za-z]{2}([\s,]+|$))*$", message=_l("Two-letter codes, separated by commas: US, KP."))],
        description=_l("Two-letter codes, separated by commas."),
    )
    treasury = StringField(
        _l("Treasury address"),
        [Regexp(r"^(0x[0-9a-fA-F]{40})?$", message=_l("An address has 0x and 40 hexadecimal digits."))],
        description=_l("Where the fees of this site are paid to on the chain."),
    )

    def values(self) -> dict[str, Any]:
        """Return the values as `tenants.settings.TenantSettings` takes them."""
        given = {name: value for name, value in self.data.items() if name not in ("csrf_token", "name")}
        codes = re.findall(r"[A-Za-z]{2}", given["blocked_countries"] or "")
        return given | {"blocked_countries": sorted({code.upper() for code in codes})}


class BrandForm(Form):
    """How a site looks."""

    pack = RadioField(_l("Look"), choices=_choices(*PACKS))
    brand = ColorField(_l("Colour"), [InputRequired(), Regexp(r"^#[0-9a-f]{6}$", message=_l("Choose a colour."))])
    tint = IntegerField(_l("Hue of the paper"), [NumberRange(0, 359, _l("From 0 to 359."))])
    chroma = DecimalField(_l("Strength of the paper’s hue"), [NumberRange(0, 0.02, _l("From 0 to 0.02."))], places=3)
    size = DecimalField(_l("Size of the text"), [NumberRange(0.9, 1.25, _l("From 0.9 to 1.25."))])
    scale = DecimalField(_l("Steps between sizes"), [NumberRange(1.1, 1.35, _l("From 1.1 to 1.35."))])
    radius = IntegerField(_l("Roundness of corners"), [NumberRange(0, 24, _l("From 0 to 24."))])
    font_body = SelectField(_l("Font of the text"), choices=_choices(*FONTS))
    font_head = SelectField(_l("Font of headings"), choices=_choices(("", _l("The same")), *FONTS))
    mode = SelectField(
        _l("Light or dark"),
        choices=_choices(("auto", _l("As the reader’s device")), ("light", _l("Light")), ("dark", _l("Dark"))),
    )
    header_style = SelectField(
        _l("Header"),
        choices=_choices(("static", _l("Scrolls away")), ("fixed", _l("Stays")), ("floating", _l("Floats"))),
    )
    sidebar = SelectField(_l("Navigation"), choices=_choices(("", _l("In the header")), *SIDES))
    back_office_sidebar = SelectField(_l("Navigation of the back office"), choices=_choices(*SIDES))
    mark = SelectField(_l("Mark"), choices=_choices(*MARKS))
    tagline = StringField(_l("Tagline"), [Length(max=160)])

    def values(self) -> dict[str, Any]:
        """Return the values as `tenants.settings.BrandingChoices` takes them."""
        given = {name: value for name, value in self.data.items() if name != "csrf_token"}
        exact = {name: float(given[name]) for name in ("chroma", "size", "scale")}
        return given | exact | {"font_head": given["font_head"] or None, "sidebar": given["sidebar"] or None}


def settle(form: FlaskForm) -> None:
    """Leave the word “optional” out where leaving a field as it is isn't a choice."""
    field: Field
    for field in form:
        if not isinstance(field, StringField) or field.flags.required:
            field.flags.plain = True
