"""What the ledger refuses."""

from app.core.errors import AppError, Conflict


class Unbalanced(AppError):
    """The postings of a journal must add up to zero for every asset."""


class UnknownAccountKind(AppError):
    """The chart of accounts has no account of this kind."""


class KeyReused(Conflict):
    """A journal with this key was posted with other lines."""

    code = "journal-key-reused"
