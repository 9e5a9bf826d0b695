"""What the ledger refuses."""

from app.core.errors import AppError, Conflict


class Unbalanced(AppError):
    """The postings of a journal must add up to zero for every asset."""


class UnknownAccountKind(AppError):
    """The chart of accounts has no account of this kind."""


class KeyReused(Conflict):
    """This entry is already in the books with other figures. Reload the page before you repeat it."""

    code = "journal-key-reused"
