"""What can be in the way of a request for a second person."""

from app.core.errors import Conflict, Forbidden, NotFound


class NoSuchApproval(NotFound):
    """There is no such request here. Look for it in the list of requests."""

    code = "no-such-approval"


class AlreadyAsked(Conflict):
    """A second person has already been asked for this. Wait for the answer, or withdraw the request first."""

    code = "already-asked"


class AlreadyDecided(Conflict):
    """This request was decided, withdrawn or has expired. Open the list to see how it ended."""

    code = "approval-decided"


class OwnRequest(Forbidden):
    """You asked for this yourself. Somebody else has to agree."""

    code = "own-request"
