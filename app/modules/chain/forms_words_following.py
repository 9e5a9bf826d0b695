"""What alarms, their details and the troubles of nodes are called on pages."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

STATES = {
    "healthy": (_l("Healthy"), "ok", ""),
    "behind": (_l("Behind"), "warn", "wait"),
    "down": (_l("Down"), "bad", "stop"),
    "returning": (_l("Returning"), "info", "wait"),
    "cordoned": (_l("Outvoted"), "bad", "stop"),
}
ALARMS = {
    "too-few-nodes": (
        _l("Too few nodes answer"),
        _l("Nothing is credited until enough of them answer again. Nobody’s money is lost: it is only shown late."),
    ),
    "node-out": (
        _l("A node is out"),
        _l("It is asked again and again, and counts once it did well a few times in a row."),
    ),
    "finality-late": (
        _l("Blocks become final late"),
        _l("The network takes more than three times as long as usual. Credits wait for it."),
    ),
    "following-late": (
        _l("The chain is looked at too seldom"),
        _l("Is the worker running? Look at its log."),
    ),
    "halted": (
        _l("Another chain"),
        _l("The node follows another chain than the one our contracts stand on. Look where RPC_URL leads."),
    ),
    "deep-reorg": (
        _l("Final blocks were lost"),
        _l(
            "Nothing is sent and nothing is credited. Compare the nodes with an explorer. If a node was wrong, bring a "
            "right one; if the chain really lost these blocks, accept the new branch: what was booked is taken back."
        ),
    ),
    "contradiction": (
        _l("Nodes contradict themselves"),
        _l("A final log isn’t in its transaction’s receipt. Nothing is sent or credited until it is."),
    ),
    "low-coin": (
        _l("A key has little coin left"),
        _l("Send coin to its address before it is used up: then its transactions would wait."),
    ),
    "signer-halted": (
        _l("Signing is halted"),
        _l("Nothing is signed for any site until an operator lets the signer go on."),
    ),
    "signer-away": (
        _l("The signer doesn’t run"),
        _l("Nothing is signed until it runs again. Look at its log on the machine."),
    ),
    "contracts-differ": (
        _l("Contracts aren’t what was built"),
        _l("What stands on the chain differs from what this installation built, or isn’t there. Look before you act."),
    ),
}
DETAILS: dict[str, LazyString] = {
    "too-few-nodes": _l("%(answer)s answer; %(needed)s have to agree."),
    "node-out": _l("Out now: %(nodes)s"),
    "finality-late": _l("%(blocks)s blocks wait; about %(normal)s are usual."),
    "following-late": _l("Last looked: %(since)s"),
    "deep-reorg": _l("Block %(followed)s was followed, block %(final)s was final; the nodes were at block %(node)s."),
    "contradiction": _l("Transaction %(transaction)s"),
    "low-coin": _l("Keys that are low, by their sites: %(keys)s"),
    "signer-halted": _l("%(by)s: %(reason)s"),
    "signer-away": _l("Last heard: %(since)s"),
    "contracts-differ": _l("Sites: %(sites)s"),
}
VERIFIED = {
    "waiting": (_l("Waiting"), "", "wait"),
    "pending": (_l("Being checked"), "info", "wait"),
    "verified": (_l("Verified"), "ok", ""),
    "failed": (_l("Failed"), "bad", "stop"),
}
# What is kept about a node or a look that went wrong, and what to say instead. The first that matches counts.
_TROUBLES: tuple[tuple[str, LazyString], ...] = (
    (r"node follows another chain", _l("The node follows another chain than the one known here: it was reset.")),
    (r"lost blocks that were final", _l("The node lost blocks that were final.")),
    (r"too slow|Timeout", _l("It answers too slowly.")),
    (r"said otherwise than the others", _l("It said otherwise than the others.")),
    (r"nodes differ", _l("The nodes say different things.")),
    (r"Too few nodes|No node answers", _l("Too few nodes answer.")),
    (r"is on chain (?P<found>\d+), not on (?P<expected>\d+)", _l("It is on chain %(found)s, not on %(expected)s.")),
    (r"can't answer now: (?P<words>.+)", _l("It can’t answer now. It says: %(words)s")),
    (r"gives no logs: (?P<words>.+)", _l("It gives no logs. It says: %(words)s")),
    (r"No node is configured", _l("No node is configured: set RPC_URL.")),
    (r"no contract answers|NoContract", _l("There is no contract where one was put.")),
    (r"HTTPError", _l("Its web server refused the question.")),
    (r"Connection", _l("It can’t be reached.")),
    (r"[Nn]othing of ours is final", _l("Nothing of ours is final on this chain yet.")),
    (r"changed while it was read|no such block|every block that was asked", _l("The chain changed while it was read.")),
    (r"usable|another (block|transaction)|not asked for|log twice|contradicts", _l("Its answers can’t be used.")),
)
_UNKNOWN = _l("It failed, and said: %(words)s")


def detail(kind: str, details: Mapping[str, Any]) -> str:
    """Return what an alarm is about in a sentence, empty where there is no more to say than its kind."""
    sentence = DETAILS.get(kind)
    if sentence is None or not details:
        return ""
    return str(sentence) % _Dashes({key: _written(key, value) for key, value in details.items()})


def trouble(error: str) -> str:
    """Return what went wrong with a node in a plain sentence, empty for nothing."""
    if not error:
        return ""
    for pattern, sentence in _TROUBLES:
        match = re.search(pattern, error)
        if match is not None:
            return str(sentence) % {key: _message(value) for key, value in match.groupdict().items()}
    return str(_UNKNOWN) % {"words": _message(error)}


def _message(words: str) -> str:
    """Return a node's own words out of what may be its whole error object."""
    found = re.search(r"""['"]message['"]: *(['"])(?P<said>.*?)\1""", words)
    return (found["said"] if found else words).strip()


def _written(key: str, value: Any) -> str:
    if key != "since" or not value:
        return str(value)
    return str(format_datetime(datetime.fromisoformat(str(value)), "long"))


class _Dashes(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"
