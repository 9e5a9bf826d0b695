"""What can go wrong with a deal."""

from app.core.errors import Conflict, Invalid, NotFound


class DealNotFound(NotFound):
    """There is no such deal here, or it isn't open to you. Look for it in the list of deals, or sign in."""

    code = "deal-not-found"


class WrongStatus(Conflict):
    """The deal has moved on since you opened this page. Reload it to see what is possible now."""

    code = "deal-wrong-status"


class OwnReview(Conflict):
    """You can't review a deal of your own. Another administrator has to."""

    code = "deal-own-review"


class EditedElsewhere(Conflict):
    """This draft was changed in another window. Reload the page before you go on."""

    code = "deal-edited-elsewhere"


class NotComplete(Invalid):
    """Some fields need a correction before you can submit. Each is marked with what to do."""

    code = "deal-not-complete"


class NotOpen(Conflict):
    """This deal isn't taking investments now. Its page says when it opens, or how it ended."""

    code = "deal-not-open"


class TicketOutOfRange(Invalid):
    """This amount is outside of what one investment may be. Choose one within the limits the deal states."""

    code = "ticket-out-of-range"

    def __init__(self, *, least: int, most: int | None) -> None:
        """`least` and `most` are the smallest and largest ticket in base units."""
        super().__init__()
        self.least, self.most = least, most


class NoRoom(Conflict):
    """Less is left in this deal than you asked for. Choose a smaller amount."""

    code = "deal-no-room"

    def __init__(self, *, headroom: int) -> None:
        """`headroom` is what is left, in base units."""
        super().__init__()
        self.headroom = headroom


class FullySubscribed(NoRoom):
    """This deal is fully subscribed. Room opens again if somebody's investment is cancelled."""


class SaleUndecided(Conflict):
    """The chain hasn't ended this deal's sale yet. Its page shows what it waits for; close the file after that."""

    code = "deal-sale-undecided"


class ReleasesNotBooked(Conflict):
    """The sale's end was announced before the releases into it were booked. It is tried again by itself."""

    code = "deal-releases-not-booked"
