"""Payouts that stand still."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class PayoutFreeze(Identified, Base):
    """A tenant's payouts stand still from `since` until `lifted_at`; `fingerprint` names what they stand still for."""

    __tablename__ = "payout_freezes"

    fingerprint: Mapped[str]
    since: Mapped[datetime]
    lifted_at: Mapped[datetime | None] = mapped_column(default=None)
    approval_id: Mapped[UUID | None] = mapped_column(default=None)
