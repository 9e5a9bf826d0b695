"""What a token may be used for. Rights come from roles; a scope only narrows them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.permissions import Actor


class Scope(StrEnum):
    """One kind of work. Programs that sign in with a password have all; a key has those chosen for it."""

    READ = "read"
    INVEST = "invest"
    VERIFY = "verify"
    PROFILE = "profile"
    ISSUE = "issue"
    OFFICE_READ = "office.read"
    OFFICE = "office"
    CONSOLE = "console"
    ACCOUNT = "account"


EVERY = frozenset(Scope)
FOR_KEYS = EVERY - {Scope.ACCOUNT}  # passwords and keys are changed by people who have just shown who they are


@dataclass(frozen=True)
class Bearer:
    """Who came with a token, and what it may be used for."""

    actor: Actor
    scopes: frozenset[Scope]


Recogniser = Callable[..., Bearer | None]
"""`recognise(session, token, *, settings, remote, now)`: whose token this is; None for a kind it doesn't know.

Raises an error of status 401 for a token of its kind that isn't valid here and now.
"""
