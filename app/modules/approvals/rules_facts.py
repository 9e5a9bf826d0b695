"""What facts of a request say in words people read: a code and its values are kept, the sentence is made when shown."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FACTS: dict[str, LazyString] = {
    "balance": _l("The balance of account %(kind)s %(owner)s in %(asset)s"),
    "seal": _l("The seal of journal %(number)s"),
    "journal": _l("Journal %(number)s in %(asset)s"),
    "gas": _l("The network fee of transaction %(transaction)s"),
    "gas-unknown": _l("A network fee of no known transaction: %(key)s"),
    "money": _l("The money in escrow %(escrow)s"),
    "state": _l("The state of escrow %(escrow)s"),
    "held": _l("What is held in %(asset)s"),
    "deep-reorg": _l(
        "Final blocks were lost: block %(followed)s was followed and block %(final)s was final, while the nodes were "
        "at block %(node)s."
    ),
    "contradiction": _l("A final log wasn’t in its transaction’s receipt."),
    "branch-accepted": _l("The nodes’ branch was accepted; what was booked from lost blocks is taken back."),
    "branch-open": _l("The nodes’ branch was not accepted. If they still have it, the alarm comes back by itself."),
}
# The states of an escrow as its contract numbers them.
STATES: dict[str, LazyString] = {
    "0": _l("none"),
    "1": _l("held"),
    "2": _l("released"),
    "3": _l("sent back"),
}


def said(fact: Mapping[str, Any]) -> str:
    """Return a fact's sentence in the reader's language; one of an older request stands as it was written."""
    known = FACTS.get(str(fact.get("code", "")))
    if known is None:
        return str(fact.get("what", ""))
    return str(known) % _Dashes(fact.get("values", {}))


def figure(fact: Mapping[str, Any], side: str) -> int | str:
    """Return what a fact says on a `side` (booked, counted): a number to be written, words, or an empty text."""
    told = str(fact.get(side, ""))
    if fact.get("code") == "state":
        return str(STATES.get(told, told))
    return int(told) if told.lstrip("-").isdigit() else told


class _Dashes(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"
