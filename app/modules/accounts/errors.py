"""What can be wrong about accounts, in words a person can act on."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany


class WrongPassword(Invalid):
    """The e-mail address and the password don't match. Check both, or choose a new password."""

    code = "wrong-credentials"

    def __init__(self, *, left: int) -> None:
        super().__init__()
        self.left = left  # further attempts before a pause


class NotVerifiedYet(Invalid):
    """Confirm your e-mail address first: we have sent you a new link."""

    code = "email-not-verified"


class AccountSuspended(Invalid):
    """This account is suspended. Write to us if you think that this is a mistake."""

    code = "account-suspended"


class WeakPassword(Invalid):
    """Choose a longer or less common password."""

    code = "weak-password"


class LinkUnusable(NotFound):
    """This link was used before, has expired or is incomplete. Ask for a new one."""

    code = "link-unusable"


class EmailTaken(Conflict):
    """Somebody with this e-mail address already has an account here. Sign in, or use another address."""

    code = "email-taken"


class UnknownPerson(NotFound):
    """Nobody with this identifier has an account here. Look for the person in the list of people."""

    code = "unknown-person"


class RoleNotAllowed(Conflict):
    """This role can't be given or taken here. Choose one that the page offers."""

    code = "role-not-allowed"


class TooManyAttempts(TooMany):
    """Too many attempts. Wait a quarter of an hour, or choose a new password."""

    code = "too-many-attempts"


class NothingToRecover(Conflict):
    """Recovery codes replace a second factor. Set up an app or a passkey first."""

    code = "no-second-factor"


class SecondFactorNeeded(Invalid):
    """This account has a second factor. Send a code of its app as `code`, or make a key on the page of the account."""

    code = "second-factor-needed"


class EnrolmentNeeded(Forbidden):
    """This account has to set up a second factor first. Sign in on the site once."""

    code = "enrolment-needed"


class WrongStep(Conflict):
    """This page belongs to another step of signing in. Sign in once more."""

    code = "wrong-step"


class UnknownHash(Invalid):
    """Only bcrypt hashes ($2a$, $2b$, $2y$) can be taken over. Leave it empty, and a new password is chosen."""

    code = "unknown-hash"


class NoInvitation(Conflict):
    """This invitation was answered or withdrawn in the meantime. Reload the list to see which are still open."""

    code = "no-invitation"
