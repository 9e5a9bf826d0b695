"""The list of passwords that are known to thieves. A process connects one when it starts, as it does its database."""

from typing import Protocol


class KnownPasswords(Protocol):
    """Tells whether a password is on the list."""

    def holds(self, password: str) -> bool:
        """Tell whether this very text, in lower case, is on the list."""


class _Nothing:
    def holds(self, _password: str) -> bool:
        return False


_list: KnownPasswords = _Nothing()


def connect(known: KnownPasswords) -> None:
    """Make `known` the list that this process asks."""
    global _list
    _list = known


def connected() -> KnownPasswords:
    """Return this process's list; an empty one where none was connected."""
    return _list
