"""What can be wrong about a verification."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class VerificationNeeded(Forbidden):
    """Verify your identity first."""

    code = "verification-needed"
    title = "Verification needed"


class NoSuchCase(NotFound):
    """There is no such case."""

    code = "no-such-case"


class NotOpen(Conflict):
    """This case has been decided or is being reviewed; it can't be changed now."""

    code = "case-not-open"


class AlreadyDecided(Conflict):
    """Somebody has already decided this case. Reload the page to see how."""

    code = "case-decided"


class Incomplete(Invalid):
    """Some parts are still missing."""

    code = "case-incomplete"


class HitOpen(Conflict):
    """A screening hit is still open: clear or confirm it before approving."""

    code = "hit-open"


class OwnCase(Forbidden):
    """Nobody decides about their own verification: another officer has to."""

    code = "own-case"
