"""The forms of the signer's page."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.money import Asset
from app.modules.chain.rules import MOST_COINS, Limits

RANGE = _l("Enter a number of whole coins from 0 to a million.")
_RANGE = NumberRange(min=0, max=MOST_COINS, message=RANGE)
_NEEDED = InputRequired(message=RANGE)


class HaltForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """Why all signing stops."""

    reason = StringField(_l("Reason"), validators=[InputRequired(message=_l("Say why.")), Length(max=300)])


class LimitsForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """What signing may cost, in whole coins."""

    each_one = DecimalField(_l("Each transaction"), places=None, validators=[_NEEDED, _RANGE])
    an_hour = DecimalField(_l("All of an hour"), places=None, validators=[_NEEDED, _RANGE])
    a_day = DecimalField(_l("All of a day"), places=None, validators=[_NEEDED, _RANGE])

    @classmethod
    def of(cls, limits: Limits, coin: Asset, prefix: str) -> "LimitsForm":
        """Return the form filled with what holds."""
        shown = {name: coin.whole(units).normalize() for name, units in vars(limits).items()}
        return cls(prefix=prefix, data={name: f"{value:f}" for name, value in shown.items()})

    def limits(self, coin: Asset) -> Limits:
        """Return what was entered, in base units. Raises Invalid for more decimals than the coin has."""
        return Limits(*(coin.units(field.data or 0) for field in (self.each_one, self.an_hour, self.a_day)))
