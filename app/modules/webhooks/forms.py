"""What a keeper of the site fills in to have a program told."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.modules.webhooks.errors import BadEndpoint


class BoxesField(SelectMultipleField):
    """Several values, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class EndpointForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """An address, what it is for, and what it is told."""

    url = StringField(
        _l("Address"),
        [InputRequired(_l("Enter the address that is told.")), Length(max=2000)],
        description=_l("Begins with https:// and is public. It has to answer a challenge before it is told anything."),
    )
    note = StringField(
        _l("What it is for"), [Length(max=200)], description=_l("For people who read the list: for example “Accounts”.")
    )
    kinds = BoxesField(_l("What it is told"), [InputRequired(_l("Choose at least one kind of message."))])

    def values(self) -> dict[str, Any]:
        """Return what was entered, by the names of the service."""
        return {"url": (self.url.data or "").strip(), "note": self.note.data or "", "kinds": self.kinds.data or []}

    def take(self, refused: BadEndpoint) -> None:
        """Show what the service refused beside the field it is about."""
        for name, problem in refused.fields.items():
            field = self._fields[name]
            field.errors = [*field.errors, _(problem)]
