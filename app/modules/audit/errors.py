"""What can be refused about the record."""

from app.core.errors import NotFound


class NoSuchSeal(NotFound):
    """There is no seal with this number. Choose a smaller one."""

    code = "unknown-seal"
