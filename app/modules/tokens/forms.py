"""The form of a new key."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.permissions import Actor, Role
from app.core.scopes import Scope

SCOPES: dict[Scope, LazyString] = {
    Scope.READ: _l("Read what you can read: deals, portfolio, notifications, profile"),
    Scope.INVEST: _l("Invest, and cancel what isn’t paid"),
    Scope.VERIFY: _l("Send documents for your verification"),
    Scope.PROFILE: _l("Change your profile and notifications"),
    Scope.ISSUE: _l("Work on your deals as an issuer"),
    Scope.OFFICE_READ: _l("Read the back office"),
    Scope.OFFICE: _l("Decide in the back office"),
    Scope.CONSOLE: _l("Run the installation"),
}
NEEDS: dict[Scope, tuple[Role, ...]] = {
    Scope.INVEST: (Role.INVESTOR,),
    Scope.ISSUE: (Role.ISSUER,),
    Scope.OFFICE_READ: (Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER),
    Scope.OFFICE: (Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER),
    Scope.CONSOLE: (Role.SUPER_ADMIN,),
}
DAYS = {"30": _l("30 days"), "90": _l("90 days"), "366": _l("One year")}


def offered(actor: Actor) -> list[Scope]:
    """Return what a key of this person may be used for."""
    return [scope for scope in SCOPES if scope not in NEEDS or actor.roles & set(NEEDS[scope])]


class KeyForm(FlaskForm):  # type: ignore[misc]  # the package has no types
    """What a new key is called, what it may be used for, and for how long."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Say what the key is for.")), Length(max=80, message=_l("At most 80 characters."))],
        description=_l("The program or machine that will use it."),
    )
    scopes = SelectMultipleField(
        _l("What it may be used for"),
        [InputRequired(_l("Choose at least one."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    days = SelectField(_l("Valid for"), choices=[SelectChoice(days, label) for days, label in DAYS.items()])

    def __init__(self, *arguments: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.days.flags.plain = True
        self.scopes.choices = [SelectChoice(scope.value, SCOPES[scope]) for scope in offered(actor)]

    def expires_at(self, now: datetime) -> datetime:
        """Return when the key ends."""
        return now + timedelta(days=int(self.days.data))
