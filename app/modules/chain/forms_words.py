"""What kinds and states of transactions are called on pages: label, tone and shape of a pill."""

from flask_babel import lazy_gettext as _l

STATES = {
    "prepared": (_l("Prepared"), "", "wait"),
    "signed": (_l("Signed"), "info", "wait"),
    "broadcast": (_l("Sent"), "info", "wait"),
    "mined": (_l("In a block"), "info", "wait"),
    "confirmed": (_l("Confirmed"), "info", "wait"),
    "final": (_l("Final"), "ok", ""),
    "reverted": (_l("Refused in the block"), "bad", "stop"),
    "refused": (_l("Refused"), "bad", "stop"),
    "cancelled": (_l("Cancelled"), "warn", "stop"),
    "replaced": (_l("Replaced by another"), "bad", "stop"),
}
ATTEMPTS = {
    "asked": (_l("Waits for the signer"), "", "wait"),
    "signed": (_l("Signed"), "info", "wait"),
    "sent": (_l("Sent"), "info", "wait"),
    "mined": (_l("In a block"), "info", "wait"),
    "final": (_l("Final"), "ok", ""),
    "replaced": (_l("Another attempt was taken"), "", "stop"),
    "dropped": (_l("Its place was taken"), "bad", "stop"),
    "refused": (_l("Not signed"), "bad", "stop"),
}
KINDS = {
    "deal.token": _l("Make a token"),
    "deal.sale": _l("Make a sale"),
    "deal.configure": _l("Let the sale issue the token"),
    "deal.activate": _l("Open the sale"),
    "sale.finalise": _l("Pay out a sale"),
    "sale.fail": _l("Declare a sale failed"),
    "sale.pause": _l("Pause a sale"),
    "sale.unpause": _l("Let a sale go on"),
    "escrow.release": _l("Release an escrow"),
    "escrow.release_many": _l("Release several escrows together"),
    "escrow.reject": _l("Send an escrow back"),
    "escrow.expire": _l("Return an expired escrow"),
    "gas.sponsor": _l("Pay somebody’s network fee"),
    "demo.mint": _l("Demo wallet: play money"),
    "demo.pay": _l("Demo wallet: pay"),
    "demo.refund": _l("Demo wallet: take back"),
    "demo.claim": _l("Demo wallet: take out of a failed sale"),
    "nonce.fill": _l("Fill a gap in the order"),
    "install": _l("Make a contract of the platform"),
}
ALERTS = {
    "held": _l("The signer doesn’t sign it now."),
    "poor": _l("The key has too little coin for the fee. Send some to its address; then it goes out by itself."),
    "fee-cap": _l("The highest fee is offered and no block took it yet. Wait for a calmer hour, or cancel it."),
    "nonce-taken": _l(
        "A transaction that isn’t ours used this key. Ours was planned again and nothing happened twice, but find out "
        "who else has the key."
    ),
}
FILTERS = {
    "all": _l("All"),
    "open": _l("Under way"),
    "stuck": _l("Needs a person"),
    "failed": _l("Without effect"),
    "final": _l("Final"),
}
OWNERS = {
    "platform": _l("The platform’s contracts"),
    "factory": _l("Sites’ contracts"),
    "budget": _l("Budgets for investors’ network fees"),
}
SIGNING = {
    "runs": (_l("Signing"), "ok", ""),
    "halted": (_l("Halted"), "bad", "stop"),
    "away": (_l("Not running"), "bad", "stop"),
}
VERDICTS = {
    "signed": (_l("Signed"), "ok", ""),
    "held": (_l("Held back"), "warn", "wait"),
    "refused": (_l("Refused"), "bad", "stop"),
}
