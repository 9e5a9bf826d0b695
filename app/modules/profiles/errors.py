"""What can be wrong with a profile."""

from collections.abc import Mapping

from app.core.errors import Conflict, Invalid, NotFound


class NoSuchProfile(NotFound):
    """This investor profile isn't there. Choose one from your list."""

    code = "profile-not-found"


class TooManyProfiles(Conflict):
    """You have as many investor profiles as there can be. Remove one that you don't need first."""

    code = "too-many-profiles"


class BadValues(Invalid):
    """Some values can't be accepted. Correct what is marked and send it again."""

    code = "profile-refused"

    def __init__(self, problems: Mapping[str, str]) -> None:
        """`problems` says which code of `rules` each field earned."""
        super().__init__(fields=problems)
