"""The forms of second factors and of showing once more who one is."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from app.modules.accounts.forms import Form, stripped

_CODE = {"autocomplete": "one-time-code", "spellcheck": "false"}


class CodeForm(Form):
    """A code of the app, or a recovery code. `next` is the path to go on to."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code that your app shows.")), Length(max=40)],
        description=_l("Six digits from your app, or one of your recovery codes."),
        render_kw=_CODE,
    )
    next = HiddenField()


class AppForm(Form):
    """The first code of a new app."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code that your app shows.")), Length(max=40)],
        description=_l("The six digits that your app shows now."),
        render_kw={**_CODE, "inputmode": "numeric"},
    )
    next = HiddenField()


class PasskeyForm(Form):
    """A new passkey: what it is called, and what the browser made."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Give it a name by which you know it again.")), Length(max=60)],
        filters=[stripped],
        description=_l("For example: my telephone."),
    )
    answer = HiddenField()
    next = HiddenField()


class PasskeyNameForm(Form):
    """Another name of a passkey."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Give it a name by which you know it again.")), Length(max=60)],
        filters=[stripped],
    )


class AnswerForm(Form):
    """What the browser answered when it was asked for a passkey."""

    answer = HiddenField()
    next = HiddenField()


class ProofForm(Form):
    """One of the ways to show once more who one is. Its names begin with `proof-`, apart from what is kept."""

    password = PasswordField(_l("Password"), [Optional()], render_kw={"autocomplete": "current-password"})
    code = StringField(
        _l("Code"), [Optional(), Length(max=40)], description=_l("Six digits from your app."), render_kw=_CODE
    )
    answer = HiddenField()
    goal = HiddenField()
    sent = HiddenField()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.password.flags.plain = self.code.flags.plain = True  # one of them is asked for, and needed


class NewEmailForm(Form):
    """Another address."""

    email = EmailField(
        _l("New e-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), Email(_l("Enter an e-mail address like name@example.org."))],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )


class EntranceForm(Form):
    """What a site asks of people who sign in; the roles are tick boxes of the page."""

    idle = SelectField(
        _l("Sign people out after"),
        choices=[
            SelectChoice("0", _l("as recommended for each role")),
            SelectChoice("5", _l("5 minutes without use")),
            SelectChoice("60", _l("1 hour without use")),
            SelectChoice("240", _l("4 hours without use")),
        ],
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.idle.flags.plain = True
