"""What can go wrong with an escrow."""

from app.core.errors import Conflict, Invalid, NotFound


class NoEscrow(NotFound):
    """There is no escrow for this investment."""


class AlreadyPaid(Conflict):
    """This investment's money is already on its way or in escrow."""

    code = "already-paid"


class NothingToPay(Conflict):
    """This investment does not wait for a payment."""

    code = "nothing-to-pay"


class NotHeld(Conflict):
    """Only money that is held can be decided about."""

    code = "escrow-not-held"


class TooEarly(Conflict):
    """The money can be taken back alone once the time for a decision has passed."""

    code = "escrow-too-early"


class ReasonNeeded(Invalid):
    """Give a reason: the investor will read it."""

    code = "reason-needed"
