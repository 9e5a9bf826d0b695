"""What can go wrong with an investment. `message` is written in the reader's language when it is shown."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, Invalid, NotFound


class UnknownInvestment(NotFound):
    """There is no such investment."""

    code = "unknown-investment"

    @property
    def message(self) -> str:
        return str(_l("There is no such investment here."))


class NotPossibleNow(Conflict):
    """The investment has moved on, and this isn't possible any more."""

    code = "investment-moved-on"

    @property
    def message(self) -> str:
        return str(_l("The investment has moved on since you opened this page. Reload it to see where it stands."))


class NotEligible(Conflict):
    """A condition of taking part isn't met."""

    code = "not-eligible"

    @property
    def message(self) -> str:
        return str(_l("Some conditions of taking part aren't met. The list says which, and what to do about each."))


class AmountRefused(Invalid):
    """This amount can't be invested; `problem` is low, ticket, room or grain."""

    code = "amount-refused"

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def message(self) -> str:
        return str(_l("This amount can't be invested in this deal. Choose one within the limits it states."))


class Unanswered(Invalid):
    """A step before this one isn't finished; `step` names it."""

    code = "unanswered"

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    @property
    def message(self) -> str:
        return str(_l("A step before this one isn't finished. Complete it, then come back here."))


class PayerFixed(Conflict):
    """A payment from the first address may be on its way."""

    code = "payer-fixed"

    @property
    def message(self) -> str:
        return str(_l("A payment from the first address may be on its way, so the address can't be changed now."))


class OpenInvestment(Conflict):
    """There is an unfinished investment in this deal."""

    code = "open-investment"

    @property
    def message(self) -> str:
        return str(_l("You have an unfinished investment in this deal. Finish or cancel it first."))
