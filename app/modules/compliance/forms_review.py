"""What an officer fills in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.modules.compliance import rules
from app.modules.compliance.rules import Decision, Level, Step

_long = Length(max=4000, message=_l("At most %(max)d characters."))


def _ticks(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A decision. `again` and the `why_…` fields belong to "ask again", `reasons` to a refusal."""

    decision = RadioField(_l("Decision"), [InputRequired(_l("Choose a decision."))])
    again = _ticks(_l("Parts to send again"))
    reasons = _ticks(_l("Why it is refused"))
    reason = TextAreaField(_l("Reason, kept in the file"), [InputRequired(_l("Write down why.")), _long])
    message = TextAreaField(_l("Message to the client"), [_long], description=_l("Never mention screening here."))

    def __init__(self, *, level: Level, **options: Any) -> None:
        super().__init__(**options)
        words = {Decision.APPROVE: _("Approve"), Decision.MORE: _("Ask again"), Decision.REJECT: _("Refuse")}
        self.decision.choices = [(decision.value, word) for decision, word in words.items()]
        self.again.choices = [(step.value, _(rules.REQUIREMENTS[step].label)) for step in rules.STEPS[level]]
        self.reasons.choices = [(code, _(text)) for code, text in rules.REJECT_REASONS.items()]
        for step in Step:
            if step in rules.STEPS[level]:
                self[f"why_{step}"].choices = [(code, _(text)) for code, text in rules.MORE_REASONS.items()]
            else:
                del self[f"why_{step}"]

    def validate_again(self, field: SelectMultipleField) -> None:
        if self.decision.data == Decision.MORE and not field.data:
            raise ValidationError(_("Choose the parts you need again."))

    def validate_reasons(self, field: SelectMultipleField) -> None:
        if self.decision.data == Decision.REJECT and not field.data:
            raise ValidationError(_("Choose at least one reason."))

    @property
    def steps(self) -> dict[str, str]:
        """Return the chosen steps with the reason for each."""
        return {step: self[f"why_{step}"].data for step in self.again.data or ()}


for _step in Step:
    setattr(DecisionForm, f"why_{_step}", SelectField(_l("Because")))


class CheckForm(FlaskForm):  # type: ignore[misc]
    """A search, recorded by hand."""

    kind = SelectField(_l("What was searched"))
    outcome = SelectField(_l("Outcome"))
    finding = StringField(_l("List and date, or who was found"), [InputRequired(_l("Say what was searched.")), _long])
    note = TextAreaField(_l("Note"), [_long])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.kind.choices = [(code, _(text)) for code, text in rules.CHECK_KINDS.items()]
        self.outcome.choices = [(code, _(text)) for code, text in rules.CHECK_OUTCOMES.items()]


class SettleForm(FlaskForm):  # type: ignore[misc]
    """How an open hit ends."""

    outcome = RadioField(_l("Outcome"), [InputRequired(_l("Choose an outcome."))])
    note = TextAreaField(_l("Why"), [InputRequired(_l("Write down why.")), _long])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.outcome.choices = [(code, _(rules.CHECK_OUTCOMES[code])) for code in ("cleared", "confirmed")]


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A note for the file."""

    text = TextAreaField(_l("Note"), [InputRequired(_l("Write a note first.")), _long])
