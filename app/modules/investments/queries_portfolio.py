"""A person's holdings, summed up per asset: amounts of different assets are never added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.money import Asset
from app.modules.escrow import service as escrow
from app.modules.escrow.service import Escrow
from app.modules.investments import queries, rules
from app.modules.investments.models import Investment
from app.modules.investments.rules import Share, Status

Shown = Literal["all", "running", "ended"]
PAID = (Status.ARRIVING, Status.HELD, Status.COMPLETED)
RUNNING = (*PAID, Status.DRAFT, Status.PLEDGED)


@dataclass(frozen=True)
class Holding:
    """One investment in the list; `weight` in per cent of what is invested in its asset, 0 if nothing of it is."""

    investment: Investment
    escrow: Escrow | None
    weight: float


@dataclass(frozen=True)
class Movement:
    """Money that went into escrow, or out of it: back to the investor (`returned`) or to the deal."""

    at: datetime
    investment: Investment
    kind: Literal["paid", "released", "returned"]
    tx_hash: str


@dataclass(frozen=True)
class Book:
    """A person's money in one asset; amounts in base units. `months` are first days, with what was in by their end."""

    asset: Asset
    invested: int
    confirmed: int
    in_escrow: int
    unpaid: int
    refunded: int
    deals: int
    allocation: Sequence[Share]
    months: Sequence[tuple[datetime, int]]


@dataclass(frozen=True)
class Portfolio:
    """Everything a person sees of their money."""

    books: Sequence[Book]
    holdings: Sequence[Holding]
    movements: Sequence[Movement]
    counts: dict[Shown, int]

    @property
    def is_empty(self) -> bool:
        return not self.counts["all"]


def portfolio(session: Session, user_id: UUID, *, now: datetime, shown: Shown = "all") -> Portfolio:
    """Return a person's portfolio; `shown` narrows the list of holdings, never the sums."""
    mine = queries.of_person(session, user_id)
    kept = escrow.of_investments(session, [each.id for each in mine])
    grouped: dict[str, list[Investment]] = {}
    for each in mine:
        grouped.setdefault(each.asset.key, []).append(each)
    books = [_book(group, now) for group in grouped.values() if any(_counts(each) for each in group)]
    invested = {book.asset.key: book.invested for book in books}
    running = [each for each in mine if each.status in RUNNING]
    lists: dict[Shown, Sequence[Investment]] = {
        "all": mine,
        "running": running,
        "ended": [each for each in mine if each.status not in RUNNING],
    }
    holdings = [Holding(each, kept.get(each.id), _weight(each, invested)) for each in lists[shown]]
    counts = {name: len(chosen) for name, chosen in lists.items()}
    return Portfolio(books, holdings, _movements(mine, kept), counts)


def _counts(investment: Investment) -> bool:
    return investment.status in RUNNING or investment.status == Status.REFUNDED


def _weight(investment: Investment, invested: dict[str, int]) -> float:
    whole = invested.get(investment.asset.key, 0)
    return round(100 * investment.amount / whole, 1) if whole and investment.status in PAID else 0.0


def _book(group: Sequence[Investment], now: datetime) -> Book:
    def total(*statuses: str) -> int:
        return sum(each.amount for each in group if each.status in statuses)

    paid = [each for each in group if each.status in PAID]
    kinds = {each.deal_kind for each in paid}
    parts = [(each.deal_kind if len(kinds) > 1 else each.deal_title, each.amount) for each in paid]
    return Book(
        asset=group[0].asset,
        invested=total(*PAID),
        confirmed=total(Status.COMPLETED),
        in_escrow=total(Status.ARRIVING, Status.HELD),
        unpaid=total(Status.PLEDGED),
        refunded=total(Status.REFUNDED),
        deals=len({each.deal_id for each in paid}),
        allocation=rules.allocation(parts),
        months=rules.by_month([(each.held_at, each.amount) for each in paid if each.held_at], now),
    )


def _movements(mine: Sequence[Investment], kept: dict[UUID, Escrow]) -> list[Movement]:
    found = []
    for each in mine:
        held = kept.get(each.id)
        if held is None:
            continue
        if each.held_at is not None and held.opened_tx:
            found.append(Movement(held.opened_at or each.held_at, each, "paid", held.opened_tx))
        if held.returned_tx:
            found.append(Movement(held.returned_at or held.updated_at, each, "returned", held.returned_tx))
        ended = each.completed_at or each.refunded_at
        if ended is not None and held.closed_tx:
            kind: Literal["released", "returned"] = "released" if each.completed_at else "returned"
            found.append(Movement(held.closed_at or ended, each, kind, held.closed_tx))
    return sorted(found, key=lambda movement: movement.at, reverse=True)
