"""Reads of escrows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.escrow.errors import NoEscrow
from app.modules.escrow.models import Escrow, StrayDeposit
from tenants import context

HOLDING = ("held", "releasing", "refunding")


def find(session: Session, investment_id: UUID, *, lock: bool = False) -> Escrow | None:
    """Return an investment's escrow, or None."""
    key = (context.tenant_id(), investment_id)
    return session.get(Escrow, key, with_for_update=True if lock else None, populate_existing=lock)


def get(session: Session, investment_id: UUID, *, lock: bool = False) -> Escrow:
    """Return an investment's escrow. Raises NoEscrow."""
    escrow = find(session, investment_id, lock=lock)
    if escrow is None:
        raise NoEscrow
    return escrow


def of_user(session: Session, user_id: UUID, *statuses: str) -> list[Escrow]:
    """Return a person's escrows in these states, oldest first, locked."""
    return _locked(session, Escrow.user_id == user_id, statuses)


def of_deal(session: Session, deal_id: UUID, *statuses: str) -> list[Escrow]:
    """Return a deal's escrows in these states, oldest first, locked."""
    return _locked(session, Escrow.deal_id == deal_id, statuses)


def _locked(session: Session, whose: ColumnElement[bool], statuses: Sequence[str]) -> list[Escrow]:
    found = select(Escrow).where(whose, Escrow.status.in_(statuses)).order_by(Escrow.created_at, Escrow.id)
    return list(session.scalars(found.with_for_update(), execution_options={"populate_existing": True}))


def listing(session: Session, *, status: str | None, page: Page) -> Slice[Escrow]:
    """Return escrows for the office: those that wait for a decision first, by deadline; then the newest."""
    wanted = select(Escrow).where(Escrow.status != "forgotten")
    if status:
        wanted = wanted.where(Escrow.status == status)
    total = session.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    ordered = wanted.order_by((Escrow.status != "held"), Escrow.decide_by.asc().nulls_last(), Escrow.created_at.desc())
    items = session.scalars(ordered.limit(page.limit).offset(page.offset)).all()
    return Slice(items=items, total=total, page=page)


@dataclass(frozen=True)
class Standing:
    """A deal's escrows: how many still move or wait for a decision, and the base units that were released."""

    undecided: int
    released: int


def standing(session: Session, deal_id: UUID) -> Standing:
    """Return how a deal's escrows stand."""
    moving = func.count().filter(Escrow.status.in_(("arriving", *HOLDING)))
    accepted = Escrow.amount - Escrow.reduced
    released = func.coalesce(func.sum(accepted).filter(Escrow.status == "released"), 0)
    row = session.execute(select(moving, released).where(Escrow.deal_id == deal_id)).one()
    return Standing(int(row[0]), int(row[1]))


def sizes(session: Session) -> dict[str, int]:
    """Return status → number of escrows."""
    return {
        row.status: row.n
        for row in session.execute(select(Escrow.status, func.count().label("n")).group_by(Escrow.status))
    }


def waiting(session: Session) -> int:
    """Return how many escrows wait for a decision."""
    return int(session.execute(select(func.count()).where(Escrow.status == "held")).scalar_one())


def past(session: Session, *, instant: datetime) -> list[Escrow]:
    """Return escrows that hold money although their time for a decision has passed at `instant`, locked."""
    found = select(Escrow).where(Escrow.status.in_(HOLDING), Escrow.decide_by <= instant).order_by(Escrow.decide_by)
    unseen = found.where((Escrow.undecided_at.is_(None)) | (Escrow.expires_at <= instant))
    return list(session.scalars(unseen.with_for_update()))


def tenants_past(session: Session, *, instant: datetime) -> list[UUID]:
    """Return the tenants that have such escrows (a platform session)."""
    found = select(Escrow.tenant_id).where(Escrow.status.in_(HOLDING), Escrow.decide_by <= instant)
    unseen = found.where((Escrow.undecided_at.is_(None)) | (Escrow.expires_at <= instant))
    return list(session.scalars(unseen.distinct()))


def stray(session: Session, stray_id: UUID) -> StrayDeposit:
    """Return a deposit that matches no escrow. Raises NoEscrow."""
    found = session.get(StrayDeposit, (context.tenant_id(), stray_id), with_for_update=True)
    if found is None:
        raise NoEscrow
    return found


def strays(session: Session) -> list[StrayDeposit]:
    """Return deposits that match no escrow and nobody has settled."""
    return list(session.scalars(select(StrayDeposit).where(StrayDeposit.settled_at.is_(None))))


def strays_about(session: Session, investment_id: UUID) -> list[StrayDeposit]:
    """Return deposits that named an investment and matched no escrow, locked."""
    found = select(StrayDeposit).where(StrayDeposit.investment_id == investment_id)
    return list(session.scalars(found.with_for_update()))


def many(session: Session, investment_ids: list[UUID]) -> dict[UUID, Escrow]:
    """Return investment id → escrow for those of the investments that have one."""
    return {escrow.id: escrow for escrow in session.scalars(select(Escrow).where(Escrow.id.in_(investment_ids)))}
