"""What an investment may become, what is asked before it, and its figures. Pure: values in, value or error out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.modules.investments.errors import NotPossibleNow

RESERVED_FOR = timedelta(minutes=30)  # how long the room in the deal is kept for an unpaid pledge
RENEWABLE_FOR = timedelta(hours=24)  # how long after the pledge it can be kept by asking again
SENT_GRACE = timedelta(hours=2)  # how long a payment that a wallet reported may take to reach a final block
ESCROW_DAYS = 30
DECISION_DAYS = 14
MULTIPLES = (1, 2, 5, 10)


class Status(StrEnum):
    """How far an investment is. Held money is in the investor's own escrow contract, at a final block."""

    DRAFT = "draft"
    PLEDGED = "pledged"
    ARRIVING = "arriving"
    HELD = "held"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Verb(StrEnum):
    """What moves an investment on."""

    PLEDGE = "pledge"
    SEE = "see"
    LOSE = "lose"
    HOLD = "hold"
    COMPLETE = "complete"
    REFUND = "refund"
    CANCEL = "cancel"
    EXPIRE = "expire"


# The one table: migration 0023 carries the same pairs in a trigger, and a test compares them.
TRANSITIONS: dict[tuple[Status, Verb], Status] = {
    (Status.DRAFT, Verb.PLEDGE): Status.PLEDGED,
    (Status.DRAFT, Verb.CANCEL): Status.CANCELLED,
    (Status.PLEDGED, Verb.SEE): Status.ARRIVING,
    (Status.PLEDGED, Verb.HOLD): Status.HELD,
    (Status.PLEDGED, Verb.CANCEL): Status.CANCELLED,
    (Status.PLEDGED, Verb.EXPIRE): Status.EXPIRED,
    (Status.ARRIVING, Verb.LOSE): Status.PLEDGED,
    (Status.ARRIVING, Verb.HOLD): Status.HELD,
    (Status.HELD, Verb.COMPLETE): Status.COMPLETED,
    (Status.HELD, Verb.REFUND): Status.REFUNDED,
    (Status.COMPLETED, Verb.REFUND): Status.REFUNDED,  # the deal failed on the chain after the release
}
# Room that was reserved while a deal took money can still be paid for when it has enough, not when it is paused or off.
DEALS_PAID_FOR = frozenset({"open", "funded"})
OPEN = frozenset({Status.DRAFT, Status.PLEDGED, Status.ARRIVING})
WAITING = frozenset({Status.PLEDGED, Status.ARRIVING, Status.HELD})


# Where an investment stands when its escrow stands there, and how far on that is.
WHERE = {
    "expected": Status.PLEDGED,
    "arriving": Status.ARRIVING,
    "held": Status.HELD,
    "releasing": Status.HELD,
    "refunding": Status.HELD,
    "released": Status.COMPLETED,
    "returning": Status.COMPLETED,
    "refunded": Status.REFUNDED,
    "returned": Status.REFUNDED,
}
COURSE = (Status.PLEDGED, Status.ARRIVING, Status.HELD, Status.COMPLETED, Status.REFUNDED)


def where_escrow_is(escrow_status: str) -> Status | None:
    """Return where an investment stands whose escrow stands there; None for an escrow that nobody waits for."""
    return WHERE.get(escrow_status)


def is_before(status: Status, other: Status) -> bool:
    """Tell whether the money was certain at `other` and `status` is an earlier stage of an investment's course."""
    return other in COURSE[2:] and COURSE.index(status) < COURSE.index(other)


def after(status: str, verb: Verb) -> Status:
    """Return the status that `verb` leads to. Raises NotPossibleNow where the table has no such line."""
    try:
        return TRANSITIONS[Status(status), verb]
    except KeyError:
        raise NotPossibleNow from None


class Step(StrEnum):
    """The questions of the wizard, in their order."""

    ELIGIBILITY = "eligibility"
    AMOUNT = "amount"
    INVESTOR = "investor"
    RISKS = "risks"
    DOCUMENTS = "documents"
    REVIEW = "review"
    PAYMENT = "payment"

    @property
    def number(self) -> int:
        """Which step this is, counted from 1."""
        return STEPS.index(self) + 1

    @property
    def next(self) -> "Step":
        return STEPS[min(self.number, len(STEPS) - 1)]


STEPS: tuple[Step, ...] = tuple(Step)


def farther(reached: str, answered: Step) -> Step:
    """Return how far the wizard is open once `answered` is answered: going back never loses what was reached."""
    return max(Step(reached), answered.next, key=lambda step: step.number)


class Outcome(StrEnum):
    """What a rule says: yes, no, or not yet but no obstacle."""

    PASSED = "passed"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True)
class Rule:
    """One condition of taking part. The page words it by `name` and `reason`."""

    name: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a person and a deal when eligibility is asked."""

    email_verified: bool
    country: str
    is_issuer: bool
    deal_status: str
    opens_at: datetime | None
    closes_at: datetime | None
    headroom: int
    min_ticket: int
    level_reached: bool
    verification: str
    invest_while_pending: bool
    blocked_countries: Collection[str] = ()
    eligible_countries: Collection[str] = ()


UNDER_REVIEW = frozenset({"submitted", "needs_more"})


def eligibility(facts: Facts, *, now: datetime) -> list[Rule]:
    """Return every rule with its outcome, in the order in which they are shown."""
    return [
        _rule("email", "" if facts.email_verified else "unverified"),
        _rule("country", _country_problem(facts)),
        _rule("independence", "issuer" if facts.is_issuer else ""),
        _rule("open", _window_problem(facts, now)),
        _rule("room", "" if 0 < facts.min_ticket <= facts.headroom else "full"),
        _verification(facts),
    ]


def is_eligible(rules: Iterable[Rule]) -> bool:
    """Tell whether no rule stands in the way."""
    return all(rule.outcome is not Outcome.FAILED for rule in rules)


def _rule(name: str, problem: str) -> Rule:
    return Rule(name, Outcome.FAILED if problem else Outcome.PASSED, problem)


def _country_problem(facts: Facts) -> str:
    if not facts.country:
        return "unknown" if facts.blocked_countries or facts.eligible_countries else ""
    if facts.country in facts.blocked_countries:
        return "blocked"
    return "not-eligible" if facts.eligible_countries and facts.country not in facts.eligible_countries else ""


def _window_problem(facts: Facts, now: datetime) -> str:
    if facts.opens_at is not None and now < facts.opens_at:
        return "early"
    if facts.closes_at is not None and now >= facts.closes_at:
        return "over"
    return "" if facts.deal_status == "open" else "closed" if facts.deal_status != "paused" else "paused"


def _verification(facts: Facts) -> Rule:
    if facts.level_reached:
        return Rule("verification", Outcome.PASSED)
    under_review = facts.verification in UNDER_REVIEW
    if under_review and facts.invest_while_pending:
        return Rule("verification", Outcome.PENDING, facts.verification)
    return Rule("verification", Outcome.FAILED, "wait" if under_review else facts.verification or "not_started")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """How much can be invested, in base units of the asset; `grain` is the smallest step people write."""

    min_ticket: int
    max_ticket: int | None
    headroom: int
    grain: int = 1

    @property
    def most(self) -> int:
        """The most that one investment may pay now: the largest ticket, or the room that is left if that is less."""
        return min(self.max_ticket, self.headroom) if self.max_ticket else self.headroom


def amount_problem(amount: int, offer: Offer) -> str:
    """Return why `amount` can't be invested: `low`, `ticket`, `room`, `grain`; empty when it can."""
    if amount < offer.min_ticket:
        return "low"
    if offer.max_ticket and amount > offer.max_ticket:
        return "ticket"
    if amount > offer.headroom:
        return "room"
    return "grain" if amount % offer.grain else ""


def chips(offer: Offer) -> list[int]:
    """Return common amounts: the minimum and its multiples, as far as they can be invested."""
    return [amount for k in MULTIPLES if not amount_problem(amount := offer.min_ticket * k, offer)]


RISKS = ("loss", "illiquid", "unprotected", "own-judgement")
KIND_RISKS = {
    "equity": "dilution",
    "debt": "default",
    "token": "technology",
    "fund": "valuation",
    "real_estate": "property",
    "revenue_share": "revenue",
}


def risks_of(deal_kind: str) -> tuple[str, ...]:
    """Return the risks that an investor acknowledges one by one, by name."""
    return (*RISKS, KIND_RISKS[deal_kind]) if deal_kind in KIND_RISKS else RISKS


def number(year: int, serial: int) -> str:
    """Return an investment's number as people quote it."""
    return f"INV-{year}-{serial:06d}"


def renewed(pledged_at: datetime, now: datetime) -> datetime:
    """Return until when room is kept for an unpaid pledge that asks again. Raises NotPossibleNow after a day."""
    if now >= pledged_at + RENEWABLE_FOR:
        raise NotPossibleNow
    return min(now + RESERVED_FOR, pledged_at + RENEWABLE_FOR)


@dataclass(frozen=True)
class Share:
    """A part of a whole, in per cent with one decimal."""

    name: str
    amount: int
    percent: float = field(default=0.0)


def allocation(parts: Sequence[tuple[str, int]]) -> list[Share]:
    """Return each name's share of the whole, largest first; the percentages add up to 100.0 by largest remainder."""
    summed: dict[str, int] = {}
    for name, amount in parts:
        summed[name] = summed.get(name, 0) + amount
    whole = sum(summed.values())
    if whole <= 0:
        return []
    ordered = sorted(summed.items(), key=lambda part: (-part[1], part[0]))
    tenths = [1000 * amount // whole for _, amount in ordered]
    by_remainder = sorted(range(len(ordered)), key=lambda i: (-(1000 * ordered[i][1] % whole), i))
    for i in by_remainder[: 1000 - sum(tenths)]:
        tenths[i] += 1
    return [Share(name, amount, tenth / 10) for (name, amount), tenth in zip(ordered, tenths, strict=True)]


MONTHS_SHOWN = 12


def by_month(payments: Sequence[tuple[datetime, int]], now: datetime) -> list[tuple[datetime, int]]:
    """Return the first instant of each month, up to this one, with the sum paid until its end; at most twelve."""
    if not payments:
        return []
    month = _month(min(at for at, _ in payments))
    months = []
    while month <= now:
        following = _month(month + timedelta(days=32))
        months.append((month, sum(amount for at, amount in payments if at < following)))
        month = following
    return months[-MONTHS_SHOWN:]


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
