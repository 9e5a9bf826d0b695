"""What each verification level asks for, when a case is complete, and how a case may move. Pure.

Texts in N_() are translated where they are shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for the catalogue."""
    return text


class Level(StrEnum):
    """How well a person is known, rising."""

    NONE = "none"
    BASIC = "basic"
    STANDARD = "standard"
    ENHANCED = "enhanced"
    ACCREDITED = "accredited"

    def at_least(self, other: "Level | str") -> bool:
        """Tell whether this level is `other` or above."""
        order = list(Level)
        return order.index(self) >= order.index(Level(other))


class Status(StrEnum):
    """Where a person's verification stands. The first and the last are never stored: they follow from the rows."""

    NOT_STARTED = "not_started"
    COLLECTING = "collecting"
    SUBMITTED = "submitted"
    NEEDS_MORE = "needs_more"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Standing:
    """Where a person's verification stands. `level` is held now; `requested` is asked for by the newest case."""

    status: Status
    level: Level
    case_id: UUID | None = None
    requested: Level | None = None
    missing: list[str] = field(default_factory=list)
    expires_at: datetime | None = None
    submitted_at: datetime | None = None


class Decision(StrEnum):
    """What an officer can decide."""

    APPROVE = "approve"
    MORE = "more"
    REJECT = "reject"


class Step(StrEnum):
    """A part of a case."""

    ABOUT = "about"
    IDENTITY = "identity"
    ADDRESS = "address"
    FUNDS = "funds"
    STANDING = "standing"


@dataclass(frozen=True)
class Requirement:
    """What a step needs: declared `fields`, and at least `files` documents of one of `kinds`."""

    label: str
    fields: tuple[str, ...] = ()
    files: int = 0
    kinds: tuple[str, ...] = ()


REQUIREMENTS: dict[Step, Requirement] = {
    Step.ABOUT: Requirement(N_("About you"), ("legal_name", "born", "nationality")),
    Step.IDENTITY: Requirement(
        N_("Identity document"), files=1, kinds=("passport", "identity_card", "residence_permit", "driving_licence")
    ),
    Step.ADDRESS: Requirement(
        N_("Proof of address"),
        ("street", "postcode", "city", "country"),
        files=1,
        kinds=("utility_bill", "bank_statement", "tax_letter"),
    ),
    Step.FUNDS: Requirement(
        N_("Source of funds"),
        ("source", "explanation"),
        files=1,
        kinds=("payslip", "sale_contract", "account_statement"),
    ),
    Step.STANDING: Requirement(
        N_("Investor status"), ("ground",), files=1, kinds=("certificate", "tax_return", "adviser_letter")
    ),
}

STEPS: dict[Level, tuple[Step, ...]] = {
    Level.STANDARD: (Step.ABOUT, Step.IDENTITY, Step.ADDRESS),
    Level.ENHANCED: (Step.ABOUT, Step.IDENTITY, Step.ADDRESS, Step.FUNDS),
    Level.ACCREDITED: (Step.ABOUT, Step.IDENTITY, Step.ADDRESS, Step.FUNDS, Step.STANDING),
}

LEVEL_LABELS = {
    Level.NONE: N_("not verified"),
    Level.BASIC: N_("basic"),
    Level.STANDARD: N_("standard"),
    Level.ENHANCED: N_("enhanced"),
    Level.ACCREDITED: N_("accredited"),
}

KIND_LABELS = {
    "passport": N_("Passport"),
    "identity_card": N_("Identity card"),
    "residence_permit": N_("Residence permit"),
    "driving_licence": N_("Driving licence"),
    "utility_bill": N_("Utility bill"),
    "bank_statement": N_("Bank statement"),
    "tax_letter": N_("Tax or council letter"),
    "payslip": N_("Payslip"),
    "sale_contract": N_("Contract of a sale"),
    "account_statement": N_("Account statement"),
    "certificate": N_("Certificate"),
    "tax_return": N_("Tax return"),
    "adviser_letter": N_("Letter of an adviser"),
}

# Why a part is asked for again; shown to the person.
MORE_REASONS = {
    "unreadable": N_("The picture is blurred, too dark or cut off."),
    "expired": N_("The document has expired."),
    "too_old": N_("The document is older than three months."),
    "name_differs": N_("The name differs from the one you gave."),
    "wrong_kind": N_("This kind of document isn't accepted here."),
    "incomplete": N_("A page or the reverse side is missing."),
    "details_differ": N_("The details you gave differ from the document."),
}

# Why a case is refused; shown to the person. Screening is never mentioned.
REJECT_REASONS = {
    "not_confirmed": N_("We couldn't confirm your identity with the documents you sent."),
    "altered": N_("A document seems to have been altered."),
    "not_offered": N_("We can't offer our services in your situation."),
    "no_answer": N_("We didn't receive what we asked for in time."),
}

CHECK_KINDS = {
    "sanctions": N_("Sanctions lists"),
    "pep": N_("Politically exposed persons"),
    "adverse_media": N_("Adverse media"),
    "address": N_("Address register"),
}
CHECK_OUTCOMES = {
    "clear": N_("No match"),
    "open": N_("Possible match, open"),
    "cleared": N_("Different person"),
    "confirmed": N_("Match confirmed"),
}

OPEN_STATUSES = (Status.COLLECTING, Status.SUBMITTED, Status.NEEDS_MORE)
EDITABLE = (Status.COLLECTING, Status.NEEDS_MORE)
VALID_FOR = timedelta(days=730)  # 24 months
RENEW_BEFORE = timedelta(days=60)
# The escrow contract lets an investor take the money back after 14 days without a decision: so long has an officer.
DECIDE_WITHIN = timedelta(days=14)
WAITING_LONG = timedelta(days=2)


def missing(
    level: Level,
    *,
    declared: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, int],
    reopened: Collection[str] = (),
) -> list[Step]:
    """Return the steps of `level` that still lack something, in order. `files` counts usable documents by step."""
    return [
        step
        for step in STEPS[level]
        if step in reopened
        or files.get(step, 0) < REQUIREMENTS[step].files
        or any(not declared.get(step, {}).get(field) for field in REQUIREMENTS[step].fields)
    ]


def editable_steps(status: Status, level: Level, reopened: Collection[str]) -> list[Step]:
    """Return the steps a person can change now: all while collecting, later only those asked for again."""
    if status is Status.COLLECTING:
        return list(STEPS[level])
    return [step for step in STEPS[level] if step in reopened] if status is Status.NEEDS_MORE else []


def decided_status(decision: Decision) -> Status:
    """Return the status that a decision leads to."""
    return {
        Decision.APPROVE: Status.APPROVED,
        Decision.MORE: Status.NEEDS_MORE,
        Decision.REJECT: Status.REJECTED,
    }[decision]


def has_expired(expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether an approval has run out."""
    return expires_at is not None and expires_at <= now


def may_renew(expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether an approval is near enough to its end, or past it, to be renewed."""
    return expires_at is not None and expires_at - RENEW_BEFORE <= now


def blocks_approval(outcomes: Sequence[str]) -> bool:
    """Tell whether recorded checks forbid approving."""
    return any(outcome in ("open", "confirmed") for outcome in outcomes)


def requestable(level: Level) -> list[Level]:
    """Return the levels above `level` that a person can ask for."""
    return [other for other in STEPS if not level.at_least(other)]
