"""An address, a signature, a name."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.modules.wallets import rules

_PLAIN = {"dir": "ltr", "spellcheck": "false", "autocomplete": "off"}


def _stripped(typed: Any) -> Any:
    return typed.strip() if isinstance(typed, str) else typed


class AddressForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """Which wallet it is about."""

    address = StringField(
        _l("Address of the wallet"),
        [InputRequired(_l("Enter the address: it begins with 0x.")), Length(max=80)],
        filters=[_stripped],
        render_kw=_PLAIN,
    )
    next = HiddenField()


class SignatureForm(FlaskForm):  # type: ignore[misc]
    """What the wallet made of the message."""

    signature = TextAreaField(
        _l("Signature"),
        [InputRequired(_l("Paste the signature: it begins with 0x.")), Length(max=rules.LONGEST_SIGNATURE)],
        filters=[_stripped],
        render_kw={**_PLAIN, "rows": "3"},
    )


class LabelForm(FlaskForm):  # type: ignore[misc]
    """What the person calls a wallet."""

    label = StringField(_l("Name"), [Length(max=60, message=_l("At most %(max)d characters."))], filters=[_stripped])


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """A button alone."""
