"""What an officer fills in to send money back."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length


class RejectForm(FlaskForm):  # type: ignore[misc]
    """Why money goes back to the payer."""

    reason = TextAreaField(
        _l("Reason, shown to the investor"),
        [InputRequired(_l("Give a reason: the investor will read it.")), Length(max=500)],
    )
