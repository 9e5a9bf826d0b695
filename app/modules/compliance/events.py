"""What others may want to know about verification."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class VerificationSubmitted:
    """A person sent a case for review."""

    user_id: UUID
    case_id: UUID
    level: str


@dataclass(frozen=True)
class VerificationApproved:
    """An officer approved: the person now has `level`, until it expires."""

    user_id: UUID
    case_id: UUID
    level: str


@dataclass(frozen=True)
class VerificationRejected:
    """An officer refused; the person stays at the level held before."""

    user_id: UUID
    case_id: UUID
    level: str


@dataclass(frozen=True)
class VerificationMoreRequested:
    """An officer asks for some parts again; the case waits for the person."""

    user_id: UUID
    case_id: UUID
    level: str
