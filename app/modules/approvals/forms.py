"""What a second person is asked."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

from app.modules.approvals.rules import REASON_LENGTH


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """A few words with the answer."""

    note = TextAreaField(
        _l("Your note"),
        [Length(max=REASON_LENGTH, message=_l("Use at most 500 characters."))],
        description=_l("Both of you and every later reader of the record see it."),
    )
