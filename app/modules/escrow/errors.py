"""What can go wrong with an escrow."""

from app.core.errors import Conflict, Invalid, NotFound


class NoEscrow(NotFound):
    """There is no escrow for this investment. It is made when the investment is paid."""


class AlreadyPaid(Conflict):
    """This investment's money is already on its way or in escrow. Reload the page to follow it."""

    code = "already-paid"


class NothingToPay(Conflict):
    """This investment doesn't wait for a payment. Reload the page to see where it stands."""

    code = "nothing-to-pay"


class NotHeld(Conflict):
    """Only money that is held can be decided about. Reload the page to see where this money is."""

    code = "escrow-not-held"


class TooEarly(Conflict):
    """The time for a decision hasn't passed yet. Come back after the deadline that the page names."""

    code = "escrow-too-early"


class ReasonNeeded(Invalid):
    """Give a reason: the investor will read it."""

    code = "reason-needed"


class NothingToClaim(Conflict):
    """There is nothing to take back: the money isn't with a deal that failed. Reload the page to see where it is."""

    code = "nothing-to-claim"


class NothingStandsStill(Conflict):
    """Payouts don't stand still now. Reload the page to see the newest comparison."""

    code = "nothing-stands-still"


class PayoutsStandStill(Conflict):
    """The books and the contracts disagree, so nothing is released until two people have settled it."""

    code = "payouts-stand-still"
