"""What people may wish about notifications."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from app.modules.notifications import rules


class WishesForm(FlaskForm):  # type: ignore[misc]
    """The topics about which somebody wants e-mail."""

    topics = SelectMultipleField(
        _l("E-mail me about"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def offer(self) -> "WishesForm":
        """Offer the topics that can be muted."""
        self.topics.choices = [
            (topic, self.topics.gettext(label)) for topic, label in rules.TOPICS.items() if topic not in rules.UNMUTABLE
        ]
        return self
