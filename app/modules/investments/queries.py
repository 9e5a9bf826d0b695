"""What is read about investments."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.investments.errors import UnknownInvestment
from app.modules.investments.models import Investment
from app.modules.investments.rules import OPEN, Status
from tenants import context


def get(session: Session, investment_id: UUID, *, lock: bool = False) -> Investment:
    """Return an investment; with `lock` it is held until the transaction ends. Raises UnknownInvestment."""
    key = (context.tenant_id(), investment_id)
    found = session.get(Investment, key, with_for_update=True if lock else None, populate_existing=lock)
    if found is None:
        raise UnknownInvestment
    return found


def pledged(session: Session, deal_id: UUID, investment_id: UUID) -> Investment:
    """Return an investment in a deal as others than its person may know it: once pledged. Raises UnknownInvestment."""
    found = get(session, investment_id)
    if found.deal_id != deal_id or found.pledged_at is None:
        raise UnknownInvestment
    return found


def open_order(session: Session, *, user_id: UUID, deal_id: UUID) -> Investment | None:
    """Return the person's unfinished or unpaid investment in a deal, of which there is one at most."""
    statement = select(Investment).where(
        Investment.user_id == user_id, Investment.deal_id == deal_id, Investment.status.in_(OPEN)
    )
    return session.scalars(statement).one_or_none()


def of_person(session: Session, user_id: UUID) -> Sequence[Investment]:
    """Return everything a person began, newest first."""
    mine = select(Investment).where(Investment.user_id == user_id)
    return session.scalars(mine.order_by(Investment.started_at.desc(), Investment.id.desc())).all()


def of_deal(session: Session, deal_id: UUID, *, page: Page) -> Slice[Investment]:
    """Return a deal's pledged and paid investments, newest first; drafts are nobody else's business."""
    wanted = select(Investment).where(Investment.deal_id == deal_id, Investment.pledged_at.is_not(None))
    total = session.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    ordered = wanted.order_by(Investment.pledged_at.desc(), Investment.id.desc())
    return Slice(items=session.scalars(ordered.limit(page.limit).offset(page.offset)).all(), total=total, page=page)


def completed(session: Session, deal_id: UUID) -> Sequence[Investment]:
    """Return the investments whose money was released to a deal and hasn't come back."""
    wanted = select(Investment).where(Investment.deal_id == deal_id, Investment.status == Status.COMPLETED)
    return session.scalars(wanted.order_by(Investment.completed_at, Investment.id)).all()
