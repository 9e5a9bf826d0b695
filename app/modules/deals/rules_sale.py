"""What a deal's sale on the chain needs next. Pure: facts in, a step out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Step = Literal["", "finalise", "fail", "pause", "unpause", "miss"]
SLOWEST = 3600  # seconds between two tries of what the contract refuses


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How a sale stands: what is wanted of it, what the chain says, and how much money waits or was released."""

    wish: str
    outcome: str
    asked: str
    paused: bool
    stopped: bool
    closed: bool
    undecided: int
    released: int
    soft_cap: int
    hard_cap: int


def due(facts: Facts) -> Step:
    """Return the step to ask for now, or nothing; `miss`: too little was released for a success, the deal fails.

    A success waits for every decision, since nothing can be released to a finalised sale; and for the closing time,
    since the contract refuses it before unless the sale is full.
    """
    if facts.outcome or facts.asked:
        return ""
    if facts.wish == "fail":
        return "fail"
    over = facts.closed or facts.released >= facts.hard_cap
    if facts.wish == "finalise" and over and not facts.undecided:
        return "finalise" if facts.released >= facts.soft_cap else "miss"
    if facts.paused != facts.stopped:
        return "pause" if facts.paused else "unpause"
    return ""


def may_try(*, problem: str, tries: int, updated_at: datetime, now: datetime) -> bool:
    """Whether a step that was refused may be asked for again: after seconds that double, at most an hour."""
    return not problem or now - updated_at >= timedelta(seconds=min(2**tries, SLOWEST))
