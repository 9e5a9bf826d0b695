"""A slice of a longer list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
LAST = 1_000_000


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: at most `limit` (1–100) items after `offset`."""

    limit: int = 20
    offset: int = 0

    @classmethod
    def numbered(cls, number: int, *, limit: int = 20) -> "Page":
        """Return page `number`, counted from 1; a number beyond any list is the last one that can be asked for."""
        return cls(limit=max(1, min(limit, 100)), offset=(max(1, min(number, LAST)) - 1) * limit)

    @property
    def number(self) -> int:
        return self.offset // self.limit + 1


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """The asked part of a list and the length of the whole."""

    items: Sequence[Item]
    total: int
    page: Page

    @property
    def has_more(self) -> bool:
        return self.page.offset + len(self.items) < self.total

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page.limit))
