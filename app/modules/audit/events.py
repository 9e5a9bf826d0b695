"""What others may want to know about the record."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class RecordSealed:
    """`entries` more entries were sealed; `number` and `hash` (hexadecimal) are those of the newest seal.

    Kept somewhere else, the hash proves later that nothing up to it was rewritten.
    """

    number: int
    hash: str
    entries: int
    sealed_at: datetime
