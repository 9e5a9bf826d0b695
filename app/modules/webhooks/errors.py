"""What can be refused about webhooks."""

from app.core.errors import Conflict, Invalid, NotFound


class NoSuchEndpoint(NotFound):
    """This webhook doesn't exist. Go back to the list."""

    code = "unknown-webhook"


class NoSuchDelivery(NotFound):
    """This message isn't kept any more; messages are kept for 30 days."""

    code = "unknown-webhook-message"


class BadEndpoint(Invalid):
    """The webhook can't be kept like this. Correct what is marked and send it again."""

    code = "bad-webhook"


class TooManyEndpoints(Conflict):
    """There are as many webhooks as a site can have. Remove one that isn't needed."""

    code = "too-many-webhooks"


class NotProven(Conflict):
    """The address hasn't answered its challenge yet, so nothing is sent to it. Send the challenge first."""

    code = "webhook-not-proven"
