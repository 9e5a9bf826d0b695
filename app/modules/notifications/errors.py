"""What can go wrong when people are told."""

from app.core.errors import NotFound


class NoSuchNotice(NotFound):
    """There is no such notification any more. Your list has those that are kept."""

    code = "no-such-notice"
