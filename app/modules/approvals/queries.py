"""Reading requests."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.modules.approvals.errors import NoSuchApproval
from app.modules.approvals.models import Approval

PAST = 50  # decided requests that the page shows


def get(session: Session, approval_id: UUID, *, lock: bool = False) -> Approval:
    """Return a request. Raises NoSuchApproval."""
    asked = select(Approval).where(Approval.id == approval_id)
    found = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        raise NoSuchApproval
    return found


def open_one(session: Session, kind: str, subject_id: UUID) -> Approval | None:
    """Return the request that waits for this deed, or None."""
    mine = select(Approval).where(Approval.kind == kind, Approval.subject_id == subject_id, Approval.state == "asked")
    return session.scalars(mine).one_or_none()


def waiting(session: Session) -> list[Approval]:
    """Return what waits for a second person, the oldest first."""
    return list(session.scalars(select(Approval).where(Approval.state == "asked").order_by(Approval.asked_at)))


def past(session: Session) -> list[Approval]:
    """Return the last PAST requests that have ended, the newest first."""
    ended = select(Approval).where(Approval.state != "asked").order_by(Approval.asked_at.desc())
    return list(session.scalars(ended.limit(PAST)))


def count_for(session: Session, user_id: UUID | None) -> int:
    """Return how many requests wait for this person: those that somebody else made."""
    theirs = select(func.count()).select_from(Approval).where(Approval.state == "asked", Approval.asked_by != user_id)
    return session.scalars(theirs).one()
