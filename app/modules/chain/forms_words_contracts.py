"""What contracts, roles and comparisons are called on pages."""

from flask_babel import lazy_gettext as _l

SORTS = {"factory": _l("Factory"), "token": _l("Token"), "sale": _l("Sale")}
STANDING = {
    "active": (_l("Active"), "ok", ""),
    "stopped": (_l("Stopped by the operator"), "bad", "stop"),
    "locked": (_l("Not transferable yet"), "", "wait"),
    "free": (_l("Transferable"), "ok", ""),
    "paused": (_l("Paused"), "warn", "stop"),
    "waiting": (_l("Opens later"), "", "wait"),
    "open": (_l("Open"), "info", "wait"),
    "closed": (_l("Closed"), "info", "wait"),
    "finalised": (_l("Paid out"), "ok", ""),
    "failed": (_l("Failed"), "bad", "stop"),
    "unknown": (_l("Doesn’t answer as ours do"), "bad", "stop"),
}
ROLES = {
    "ADMIN": (_l("Administrator"), _l("Gives and takes the roles of this site’s factory; ends or pauses a sale.")),
    "AGENT": (_l("Agent"), _l("Freezes, forces and recovers tokens, each time with a reason on the chain.")),
    "OPERATOR": (_l("Operator"), _l("Opens deals and decides escrows: money goes to the chosen sale, or back.")),
    "OWNER": (
        _l("Owner of the platform’s contracts"),
        _l("Sets fees, makes factories, stops new money for all."),
    ),
    "TREASURY": (_l("Treasury"), _l("Receives the platform’s fee when a deal succeeds. It decides nothing.")),
}
WHOSE = {
    "owner": _l("the installation’s owner key"),
    "treasury": _l("the installation’s treasury"),
    "admin": _l("this site’s administrator key"),
    "operator": _l("this site’s operator key"),
}
VERIFIED = {
    "waiting": (_l("To be asked"), "", "wait"),
    "pending": (_l("Being checked"), "info", "wait"),
    "verified": (_l("Sources published"), "ok", ""),
    "failed": (_l("Refused"), "bad", "stop"),
}
FINDINGS = {
    "code": _l("code"),
    "owner": _l("owner"),
    "treasury": _l("treasury"),
    "ADMIN": _l("who is administrator"),
    "AGENT": _l("who is agent"),
    "OPERATOR": _l("who is operator"),
}
