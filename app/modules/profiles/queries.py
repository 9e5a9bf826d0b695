"""What is read of profiles."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.modules.profiles.models import InvestorProfile, PersonalData


def personal(session: Session, user_id: UUID) -> PersonalData | None:
    """Return what a person said about themselves, sealed."""
    return session.scalars(select(PersonalData).where(PersonalData.user_id == user_id)).one_or_none()


def of_person(session: Session, user_id: UUID) -> Sequence[InvestorProfile]:
    """Return a person's investor profiles, the oldest first."""
    mine = select(InvestorProfile).where(InvestorProfile.user_id == user_id)
    return session.scalars(mine.order_by(InvestorProfile.id)).all()


def profile(session: Session, profile_id: UUID) -> InvestorProfile | None:
    """Return one profile, whosever it is."""
    return session.scalars(select(InvestorProfile).where(InvestorProfile.id == profile_id)).one_or_none()
