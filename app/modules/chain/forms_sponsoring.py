"""The form of the page about people's network fees, and its words."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.modules.chain.rules_sponsoring import MOST_A_DAY

_TIMES = _l("Enter a number from 1 to 50.")
PERIODS = {"once": _l("once"), "week": _l("each week"), "month": _l("every 30 days")}


class SponsoringForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """Whether the platform pays network fees, and how often a day for one person."""

    on = BooleanField(_l("The platform pays investors’ network fees"))
    a_day = IntegerField(
        _l("Payments of one person in 24 hours"),
        validators=[InputRequired(message=_TIMES), NumberRange(min=1, max=MOST_A_DAY, message=_TIMES)],
    )
