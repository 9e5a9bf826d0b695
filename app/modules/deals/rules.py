"""What holds for deals, as plain functions: the life of a deal, what it takes, and how it is shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Literal

from app.modules.deals.errors import FullySubscribed, NoRoom, NotOpen, TicketOutOfRange, WrongStatus

KINDS = ("equity", "debt", "token", "fund", "real_estate", "revenue_share")
REGIMES = ("none", "ecspr", "reg_cf", "506b", "506c", "reg_s")
TOKEN_DECIMALS = 18  # of every deal's own token
CLOSING_SOON = timedelta(days=7)


class Status(StrEnum):
    """Where a deal stands in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    OPENING = "opening"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    FUNDED = "funded"
    FAILED = "failed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


Who = Literal["issuer", "reviewer", "system"]
S = Status
# from, verb, to, who: the only steps there are. The database's trigger repeats this table; a test compares.
TRANSITIONS: tuple[tuple[Status, str, Status, Who], ...] = (
    (S.DRAFT, "submit", S.SUBMITTED, "issuer"),
    (S.CHANGES_REQUESTED, "submit", S.SUBMITTED, "issuer"),
    (S.SUBMITTED, "withdraw", S.DRAFT, "issuer"),
    (S.SUBMITTED, "request_changes", S.CHANGES_REQUESTED, "reviewer"),
    (S.SUBMITTED, "approve", S.APPROVED, "reviewer"),
    (S.APPROVED, "reopen", S.CHANGES_REQUESTED, "reviewer"),
    (S.APPROVED, "open", S.OPENING, "reviewer"),
    (S.OPENING, "schedule", S.SCHEDULED, "system"),
    (S.OPENING, "start", S.OPEN, "system"),
    (S.SCHEDULED, "start", S.OPEN, "system"),
    (S.OPEN, "pause", S.PAUSED, "reviewer"),
    (S.PAUSED, "resume", S.OPEN, "reviewer"),
    (S.OPEN, "fund", S.FUNDED, "reviewer"),
    (S.OPEN, "fail", S.FAILED, "reviewer"),
    (S.PAUSED, "fund", S.FUNDED, "reviewer"),
    (S.PAUSED, "fail", S.FAILED, "reviewer"),
    (S.FUNDED, "miss", S.FAILED, "system"),
    (S.FUNDED, "settle", S.CLOSED, "reviewer"),
    (S.FAILED, "settle", S.CLOSED, "reviewer"),
    (S.DRAFT, "cancel", S.CANCELLED, "issuer"),
    (S.CHANGES_REQUESTED, "cancel", S.CANCELLED, "issuer"),
    (S.APPROVED, "cancel", S.CANCELLED, "reviewer"),
    (S.SCHEDULED, "cancel", S.CANCELLED, "reviewer"),
    (S.OPEN, "cancel", S.CANCELLED, "reviewer"),
    (S.PAUSED, "cancel", S.CANCELLED, "reviewer"),
)
EDITABLE = frozenset({S.DRAFT, S.CHANGES_REQUESTED})
DOCUMENT_ACCESS = ("public", "registered", "verified", "invested")
# Shown to people who may not edit or review it: what was opened once, or will be soon.
LISTED = (S.OPEN, S.SCHEDULED, S.PAUSED, S.FUNDED, S.FAILED, S.CLOSED)
# Offers that must not be shown to the general public (17 CFR 230.502(c) for Rule 506(b)).
MEMBERS_ONLY = frozenset({"506b"})


def step(status: str, verb: str) -> tuple[Status, Who]:
    """Return where `verb` leads from `status`, and who may take the step. Raises WrongStatus where there is none."""
    for before, name, after, who in TRANSITIONS:
        if before == status and name == verb:
            return after, who
    raise WrongStatus


def verbs(status: str, who: Who) -> list[str]:
    """Return what `who` can do with a deal in this status."""
    return [verb for before, verb, _, whose in TRANSITIONS if before == status and whose == who]


@dataclass(frozen=True)
class Room:
    """What decides whether an amount fits into a deal; amounts in base units."""

    status: str
    opens_at: datetime | None
    closes_at: datetime | None
    min_ticket: int
    max_ticket: int | None
    hard_cap: int
    raised: int
    reserved: int

    @property
    def headroom(self) -> int:
        return max(0, self.hard_cap - self.raised - self.reserved)


def takes_money(room: Room, now: datetime) -> bool:
    """Whether the deal is open at `now`: from the second it opens, until the one before it closes."""
    begun = room.opens_at is None or room.opens_at <= now
    return room.status == Status.OPEN and begun and (room.closes_at is None or now < room.closes_at)


def must_fit(room: Room, amount: int, now: datetime) -> None:
    """Raise NotOpen, TicketOutOfRange or NoRoom unless `amount` base units can be taken at `now`.

    The sale's contract refuses tickets below the smallest one, so a rest that is smaller can't be taken by anyone.
    """
    if not takes_money(room, now):
        raise NotOpen
    if amount <= 0 or (room.max_ticket is not None and amount > room.max_ticket):
        raise TicketOutOfRange(least=room.min_ticket, most=room.max_ticket)
    if amount < room.min_ticket:
        raise TicketOutOfRange(least=room.min_ticket, most=room.max_ticket)
    if amount > room.headroom >= room.min_ticket:
        raise NoRoom(headroom=room.headroom)
    if amount > room.headroom:
        raise FullySubscribed(headroom=0)


def pill(status: str, *, hard_cap: int, min_ticket: int, raised: int, closes_at: datetime | None, now: datetime) -> str:
    """Return the state a card shows: a status, or `closing_soon` (7 days, or nine tenths taken) or `full`."""
    if status != Status.OPEN:
        return status
    if hard_cap - raised < min_ticket:
        return "full"
    if hard_cap and raised * 10 >= hard_cap * 9:
        return "closing_soon"
    return "closing_soon" if closes_at is not None and closes_at - now <= CLOSING_SOON else "open"


def clock(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> tuple[bool, bool, int]:
    """Return a value that changes exactly when a card that shows these instants would.

    Clocks show days above three days, hours above one, then seconds; a state changes when the deal opens, and when it
    begins to close soon.
    """
    left = closes_at - now if closes_at is not None else CLOSING_SOON
    seconds = max(0, int(left.total_seconds()))
    shown = seconds // 86_400 if seconds > 259_200 else -(seconds // 3600) if seconds >= 3600 else 10_000 + seconds
    return opens_at is not None and opens_at > now, left <= CLOSING_SOON, shown


def invitation(
    state: str,
    *,
    opens_later: bool,
    full: bool,
    is_person: bool,
    is_issuer: bool,
    is_verified: bool,
    is_pending: bool,
    may_while_pending: bool,
) -> str:
    """Return what the invest button is for this reader: one of the keys that templates/deals/_invite.html knows."""
    if state in {"draft", "submitted", "changes_requested", "approved", "opening"}:
        return "preview"
    if state == "scheduled" or (state in {"open", "closing_soon"} and opens_later):
        return "upcoming"
    if state in {"funded", "failed", "closed", "cancelled"}:
        return "over"
    if state == "paused":
        return "paused"
    if full or state == "full":
        return "full"
    if not is_person:
        return "sign_in"
    if is_issuer:
        return "own"
    if is_verified:
        return "invest"
    if is_pending:
        return "invest_pending" if may_while_pending else "wait"
    return "verify"


def outcome(*, raised: int, soft_cap: int) -> Literal["fund", "fail"]:
    """Return the step that ends an offer."""
    return "fund" if raised >= soft_cap else "fail"


def shown_to_visitors(regime: str) -> bool:
    """Whether a person without an account may know of an offer under this regime."""
    return regime not in MEMBERS_ONLY


def pieces(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Cut two texts into pieces of words, each with whether it is missing from the other one."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left += [("".join(old[a:b]), kind != "equal")] if b > a else []
        right += [("".join(new[c:d]), kind != "equal")] if d > c else []
    return left, right


def country_allowed(country: str | None, *, eligible: Sequence[str], blocked: Sequence[str]) -> bool:
    """Whether a resident of `country` may invest; an unknown country passes only where every country does."""
    if country is None:
        return not eligible and not blocked
    return country not in blocked and (not eligible or country in eligible)
