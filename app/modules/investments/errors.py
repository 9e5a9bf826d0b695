"""What can go wrong with an investment."""

from app.core.errors import Conflict, Invalid, NotFound


class UnknownInvestment(NotFound):
    """There is no such investment here. Your own are listed in your portfolio."""

    code = "unknown-investment"


class NotPossibleNow(Conflict):
    """The investment has moved on since you opened this page. Reload it to see where it stands."""

    code = "investment-moved-on"


class NotEligible(Conflict):
    """Some conditions of taking part aren't met. The deal's page lists which, and what to do about each."""

    code = "not-eligible"


class AmountRefused(Invalid):
    """This amount can't be invested in this deal. Choose one within the limits it states."""

    code = "amount-refused"

    def __init__(self, problem: str) -> None:
        """`problem` is low, ticket, room or grain."""
        super().__init__()
        self.problem = problem


class Unanswered(Invalid):
    """A step before this one isn't finished. Complete it, then come back here."""

    code = "unanswered"

    def __init__(self, step: str) -> None:
        """`step` names the step that isn't finished."""
        super().__init__()
        self.step = step


class HolderRefused(Conflict):
    """The deal isn't offered in the country of the company or trust that you chose. Choose in whose name you invest."""

    code = "holder-refused"


class PayerFixed(Conflict):
    """A payment from the first address may be on its way, so the address can't be changed now. Wait for its outcome."""

    code = "payer-fixed"


class NothingPaid(Invalid):
    """Nothing was paid for this investment."""

    code = "nothing-paid"


class OpenInvestment(Conflict):
    """You have an unfinished investment in this deal. Finish or cancel it first."""

    code = "open-investment"
