"""What happened to the ways in which people sign in by others."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class IdentityLinked:
    """A person's account was connected to somebody at a provider."""

    user_id: UUID
    provider: str


@dataclass(frozen=True)
class IdentityUnlinked:
    """A connection of a person's account was removed."""

    user_id: UUID
    provider: str
