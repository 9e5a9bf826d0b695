"""What can go wrong when something is asked of the chain."""

from flask_babel import lazy_gettext as _

from app.core.errors import AppError, Conflict, Invalid, NotFound, SignInNeeded


class NoFactory(Conflict):
    """This site has no contracts on its chain yet. Ask the operator to run `portico chain deploy`."""

    code = "no-factory"


class NoDeployment(NotFound):
    """This deal has no contracts yet. They are made when an administrator opens the deal."""


class DeploymentNotFailed(Conflict):
    """Only a deployment that failed can be tried again. Reload the page to see where this one stands."""

    code = "deployment-not-failed"


class OnlyLocally(Conflict):
    """Demo wallets exist on the local chain only. Pay with a wallet of your own."""

    code = "only-locally"


class NotUnderWay(Conflict):
    """Nothing can be changed about this transaction now. Reload the page to see where it stands."""

    code = "not-under-way"


class NothingLeftToRaise(Conflict):
    """The highest fee for this kind of transaction is offered already. It goes out when the chain is calmer."""

    code = "fee-cap-reached"


class NoTransaction(NotFound):
    """There is no such transaction on this site."""


class NoSuchAlarm(NotFound):
    """There is no such open alarm. Somebody may have cleared it: reload the page."""


class InvalidAddress(Conflict):
    """This is not an address of the chain: 0x and forty hexadecimal digits, copied whole."""

    status = 422
    code = "invalid-address"


class PermitNotSigned(Conflict):
    """This isn't the signature of the wallet that pays, or it came too late. Pay with two transactions instead."""

    status = 422
    code = "permit-not-signed"


class FeesNotPaid(Conflict):
    """The platform doesn’t pay network fees here. Pay with your wallet, which pays the fee itself."""

    code = "fees-not-paid"


class FeeLimitReached(Conflict):
    """The platform pays your network fee only so often in a day. Let your wallet pay this one, or try tomorrow."""

    code = "fee-limit-reached"


class FeeBudgetSpent(Conflict):
    """The platform can’t pay this network fee now: its budget doesn’t reach. Let your wallet pay it."""

    code = "fee-budget-spent"


class RequestNotSigned(Conflict):
    """This isn’t the paying wallet’s signature, or it came too late. Sign again, or let the wallet pay the fee."""

    status = 422
    code = "request-not-signed"


class RequestUsed(Conflict):
    """This signature was used before. Sign again, or let the wallet pay the fee."""

    code = "request-used"


class BudgetOutOfRange(Invalid):
    """A budget is from 0 to 100 whole coins, for a week, a month, or once."""


class SignatureWrong(SignInNeeded):
    """This message isn't signed by a source that is known here, or it is too old. Check the secret and the clock."""

    code = "signature-wrong"


class HintTooLong(AppError):
    """This message is longer than 64 KiB. Send less: only that it came matters, not what it says."""

    status = 413
    code = "hint-too-long"
    title = "Too large"


# What contracts say when they refuse, for people. Names are those of contracts/src/interfaces.
WORDS: dict[str, object] = {
    "EscrowDesk_Paused": _("The platform has stopped new money on this chain."),
    "EscrowDesk_DealNotActive": _("The deal does not take money yet."),
    "EscrowDesk_AlreadyOpened": _("This investment was paid before."),
    "EscrowDesk_NotHeld": _("The money is no longer in escrow."),
    "EscrowDesk_Expired": _("The thirty days have passed: the money can only go back."),
    "EscrowDesk_TooEarly": _("The time for a decision has not passed yet."),
    "EscrowDesk_NotThePayer": _("Only the wallet that paid may do this."),
    "TokenSale_Paused": _("The sale is paused."),
    "TokenSale_WrongStatus": _("The sale is not open."),
    "TokenSale_HardCapExceeded": _("The deal is full: less is left than this amount."),
    "TokenSale_BelowMinTicket": _("The amount is below the smallest ticket."),
    "TokenSale_AboveMaxTicket": _("The amount is above the largest ticket."),
    "DealDesk_WrongSchedule": _("The closing date has passed, or lies before the opening."),
    "DealDesk_WrongCaps": _("The targets don't fit: the minimum must not be above the maximum."),
    "DealDesk_WrongTickets": _("The tickets don't fit: the smallest must not be above the largest."),
    "DealDesk_NameTooLong": _("The token's name or symbol is too long."),
    "AccessControlUnauthorizedAccount": _("The operator's key may not act for this site."),
    "ERC20InsufficientBalance": _("The wallet holds less than this amount."),
    "ERC20InsufficientAllowance": _("The wallet has not allowed this amount yet."),
    "Forwarder_BudgetSpent": _("The budget for network fees is used up."),
    "Forwarder_NotARelayer": _("The operator's key may not spend the budget for network fees."),
    "ERC2771ForwarderInvalidSigner": _("The signature was used before, or isn't the paying wallet's."),
    "ERC2771ForwarderExpiredRequest": _("The signature came too late."),
    "FailedCall": _("The payment was refused: the wallet holds less than the amount, or the deal takes no money."),
    "TooMuchTogether": _("Together they would cost more than the signer’s limits allow. Each goes alone."),
    "NoContract": _("There is no contract at the recorded address: was the chain reset?"),
}


def explain(error: str) -> str:
    """Return what a contract's refusal means, in the reader's language; an unknown one as the contract said it."""
    known = WORDS.get(error.partition("(")[0])
    return str(known) if known is not None else error
