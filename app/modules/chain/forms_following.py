"""The form about an alarm."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length


class AlarmForm(FlaskForm):  # type: ignore[misc]
    """Why an alarm is cleared, or a branch accepted."""

    reason = TextAreaField(
        _l("What you found"),
        [InputRequired(_l("Say in a sentence what you found: the record keeps it.")), Length(max=500)],
        description=_l("At most 500 characters. It stays in the record with your name."),
        render_kw={"rows": 3, "maxlength": 500},
    )
