"""What can go wrong with a deal. `message` is written in the reader's language when it is shown."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid, NotFound


class DealNotFound(NotFound):
    """There is no such deal."""

    code = "deal-not-found"

    @property
    def message(self) -> str:
        return str(_l("There is no such deal here, or it isn't open to you."))


class WrongStatus(Conflict):
    """The deal's status doesn't allow this."""

    code = "deal-wrong-status"

    @property
    def message(self) -> str:
        return str(_l("The deal has moved on since you opened this page. Reload it to see what is possible now."))


class OwnReview(Conflict):
    """Nobody reviews their own deal."""

    code = "deal-own-review"

    @property
    def message(self) -> str:
        return str(_l("You can't review a deal of your own. Another administrator has to."))


class EditedElsewhere(Conflict):
    """The draft was changed in another window."""

    code = "deal-edited-elsewhere"

    @property
    def message(self) -> str:
        return str(_l("This draft was changed in another window. Reload the page before you go on."))


class NotComplete(Invalid):
    """The draft can't be submitted yet; `fields` names what is wrong, by code."""

    code = "deal-not-complete"

    @property
    def message(self) -> str:
        return str(_l("Some fields need a correction before you can submit."))


class NotOpen(Conflict):
    """The deal takes no money now."""

    code = "deal-not-open"

    @property
    def message(self) -> str:
        return str(_l("This deal isn't taking investments now."))


class TicketOutOfRange(Invalid):
    """The amount is below the smallest or above the largest ticket. `least` and `most` are base units."""

    code = "ticket-out-of-range"

    def __init__(self, *, least: int, most: int | None) -> None:
        super().__init__()
        self.least, self.most = least, most

    @property
    def message(self) -> str:
        return str(_l("This amount is outside of what one investment may be."))


class NoRoom(Conflict):
    """Less is left than was asked for. `headroom` is what is left, in base units."""

    code = "deal-no-room"

    def __init__(self, *, headroom: int) -> None:
        super().__init__()
        self.headroom = headroom

    @property
    def message(self) -> str:
        if self.headroom <= 0:
            return str(_l("This deal is fully subscribed."))
        return str(_l("Less is left in this deal than you asked for. Choose a smaller amount."))
