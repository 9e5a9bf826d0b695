"""The forms of accounts: what a person types, checked before the service is asked."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import Email, InputRequired, Length, ValidationError

from app.core.permissions import Role
from app.modules.accounts import rules, service
from app.web.countries import countries

LANGUAGES = {"en": "English", "ar": "العربية"}
ROLES = {
    Role.INVESTOR: _l("Investor"),
    Role.ISSUER: _l("Issuer"),
    Role.COMPLIANCE_OFFICER: _l("Compliance officer"),
    Role.TENANT_ADMIN: _l("Administrator"),
    Role.SUPER_ADMIN: _l("Operator of the installation"),
}

_required_email = InputRequired(_l("Enter your e-mail address."))
_email = Email(_l("Enter an e-mail address like name@example.org."))
_name = [InputRequired(_l("Enter your name.")), Length(max=120, message=_l("At most 120 characters."))]


class Form(FlaskForm):  # type: ignore[misc]  # the package has no types
    """A form of the person's request, with its token."""


def stripped(typed: str | None) -> str | None:
    """Return what was typed, without the space around it."""
    return typed.strip() if typed else typed


def text(field: StringField) -> str:
    """Return what was typed, without the space around it."""
    return (field.data or "").strip()


def password_message(problem: str) -> str:
    """Return what to do about a password that `rules.password_problem` refuses."""
    messages: dict[str, str] = {
        "short": _("Use at least %(count)s characters. A sentence works well.", count=rules.SHORTEST),
        "long": _("Use at most %(count)s characters.", count=rules.LONGEST),
        "common": _("This password is easy to guess. Add a few more words that don’t belong together."),
        "leaked": _("This password is on lists of stolen ones. Add a few words that don’t belong together."),
    }
    return messages[problem]


def _country_choices() -> list[SelectChoice]:
    """Return the countries by name, with an empty choice first."""
    listed = [("", _("Choose a country")), *countries()]
    return [SelectChoice(code, name) for code, name in listed]


class _NewPassword(Form):
    """Checks `password` against what else the person typed."""

    about: tuple[str, ...] = ()

    def validate_password(self, field: PasswordField) -> None:
        """Refuse weak passwords with words that say what to do."""
        typed = [str(self[name].data or "") for name in ("name", "email") if name in self]
        problem = service.password_problem(field.data or "", about=[*typed, *self.about])
        if problem is not None:
            raise ValidationError(password_message(problem))


def _email_field(validators: list[Any], autocomplete: str) -> EmailField:
    return EmailField(_l("E-mail"), validators, filters=[stripped], render_kw={"autocomplete": autocomplete})


def _password(label: Any, autocomplete: str, **options: Any) -> PasswordField:
    return PasswordField(
        label, [InputRequired(_l("Enter a password."))], render_kw={"autocomplete": autocomplete}, **options
    )


class RegisterForm(_NewPassword):
    """Opening an investor's account."""

    name = StringField(_l("Full name"), _name, render_kw={"autocomplete": "name"})
    email = EmailField(_l("E-mail"), [_required_email, _email], filters=[stripped], render_kw={"autocomplete": "email"})
    country = SelectField(
        _l("Country of residence"),
        [InputRequired(_l("Choose the country you live in."))],
        render_kw={"autocomplete": "country"},
    )
    password = _password(
        _l("Password"), "new-password", description=_l("At least 12 characters. A sentence works well.")
    )
    terms = BooleanField(
        _l("I agree to the terms of use and have read the privacy notice."),
        [InputRequired(_l("Your agreement is needed to open an account."))],
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.country.choices = _country_choices()


class SignInForm(Form):
    """Signing in. `next` is the path to go on to."""

    email = _email_field([_required_email], "username")
    password = _password(_l("Password"), "current-password")
    next = HiddenField()


class EmailForm(Form):
    """Asking for a link by mail."""

    email = EmailField(_l("E-mail"), [_required_email, _email], filters=[stripped], render_kw={"autocomplete": "email"})


class ConfirmForm(Form):
    """A button alone."""


class ChoosePasswordForm(_NewPassword):
    """A new password, after a mailed link."""

    password = _password(
        _l("New password"), "new-password", description=_l("At least 12 characters. A sentence works well.")
    )


class ChangePasswordForm(ChoosePasswordForm):
    """A new password, by who knows the old one."""

    current = _password(_l("Current password"), "current-password")


class ProfileForm(Form):
    """What a person says about themselves."""

    name = StringField(_l("Full name"), _name, render_kw={"autocomplete": "name"})
    country = SelectField(_l("Country of residence"), render_kw={"autocomplete": "country"})
    locale = SelectField(_l("Language"))

    def __init__(self, *arguments: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.country.choices = _country_choices()
        self.locale.choices = [SelectChoice(language, LANGUAGES[language]) for language in languages]
        self.locale.flags.plain = True


class InviteForm(Form):
    """Inviting somebody to work here."""

    name = StringField(_l("Full name"), [InputRequired(_l("Enter the person’s name.")), Length(max=120)])
    email = EmailField(
        _l("E-mail"), [InputRequired(_l("Enter the person’s e-mail address.")), _email], filters=[stripped]
    )
    role = SelectField(_l("Role"), [InputRequired()])

    def __init__(self, *arguments: Any, roles: list[Role], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.role.choices = [SelectChoice(role.value, str(ROLES[role])) for role in roles]


class ReasonForm(Form):
    """Why somebody is kept out."""

    reason = StringField(_l("Reason"), [InputRequired(_l("Say why: it is kept in the record.")), Length(max=300)])
