"""What officers fill in: to send money back, and to let payouts go on."""

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


class SettleForm(FlaskForm):  # type: ignore[misc]
    """What was found out about differences between books and contracts."""

    reason = TextAreaField(
        _l("What was found out"),
        [InputRequired(_l("Say what was found out about the differences.")), Length(max=500)],
        description=_l("Your colleague decides by it, and it stays in the record."),
    )
