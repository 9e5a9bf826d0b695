"""What happened to people's accounts. A `token_id` names a mail token: `service.link_for` makes the link of it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class UserRegistered:
    """Somebody registered; the address is to be confirmed with the link of `token_id` (kind `verify`, 24 hours)."""

    user_id: UUID
    token_id: UUID


@dataclass(frozen=True)
class VerificationRequested:
    """A new link to confirm the address was asked for (kind `verify`, 24 hours)."""

    user_id: UUID
    token_id: UUID


@dataclass(frozen=True)
class RegistrationRepeated:
    """Somebody registered with the address of an existing, confirmed account: its owner is told, nobody else."""

    user_id: UUID


@dataclass(frozen=True)
class EmailVerified:
    """The person showed that the address is theirs."""

    user_id: UUID


@dataclass(frozen=True)
class PasswordResetRequested:
    """A link to choose a new password was asked for (kind `reset`, 15 minutes)."""

    user_id: UUID
    token_id: UUID


@dataclass(frozen=True)
class PasswordChanged:
    """The password was changed, by the person or through a reset link."""

    user_id: UUID


@dataclass(frozen=True)
class UserInvited:
    """An administrator invited somebody; the link of `token_id` (kind `invite`, 72 hours) sets the password."""

    user_id: UUID
    token_id: UUID


@dataclass(frozen=True)
class RoleGranted:
    """The person now has `role`, a value of core.permissions.Role."""

    user_id: UUID
    role: str


@dataclass(frozen=True)
class RoleRevoked:
    """The person has `role` no longer."""

    user_id: UUID
    role: str


@dataclass(frozen=True)
class UserSuspended:
    """The person can no longer sign in."""

    user_id: UUID


@dataclass(frozen=True)
class UserReactivated:
    """A suspended person can sign in again."""

    user_id: UUID


@dataclass(frozen=True)
class SecurityChanged:
    """How somebody signs in was changed. `what` is one of rules.CHANGES."""

    user_id: UUID
    what: str


@dataclass(frozen=True)
class EmailChangeRequested:
    """Somebody wants another address: `token_id` confirms it from there, `keep_id` stops it from the old one."""

    user_id: UUID
    token_id: UUID
    keep_id: UUID


@dataclass(frozen=True)
class EmailChanged:
    """Somebody's address is another one now; `keep_id` is the link by which the old address takes it back."""

    user_id: UUID
    keep_id: UUID
