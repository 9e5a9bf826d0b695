"""What can be wrong about a verification."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class VerificationNeeded(Forbidden):
    """Verify your identity first: the page about your verification says what is needed."""

    code = "verification-needed"
    title = "Verification needed"


class NoSuchCase(NotFound):
    """There is no such case here. Look for it in the list of cases."""

    code = "no-such-case"


class NotOpen(Conflict):
    """This case is being reviewed or was decided, so it can't be changed now. Reload the page to see how it stands."""

    code = "case-not-open"


class AlreadyDecided(Conflict):
    """Somebody has already decided this case. Reload the page to see how."""

    code = "case-decided"


class Incomplete(Invalid):
    """Some parts are still missing. Complete each that is marked, then send the case again."""

    code = "case-incomplete"


class HitOpen(Conflict):
    """A screening hit is still open. Clear or confirm it, then approve."""

    code = "hit-open"


class OwnCase(Forbidden):
    """You can't decide about your own verification. Another officer has to."""

    code = "own-case"
