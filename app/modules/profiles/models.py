"""Personal data and investor profiles. What can be sealed is; what lists show stands in the clear."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified


class PersonalData(Identified, Base):
    """What one person said about themselves: JSON of `rules.PERSONAL` and tax residences, sealed for this row."""

    __tablename__ = "personal_data"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id"),
    )

    user_id: Mapped[UUID]
    sealed: Mapped[bytes]
    changed_at: Mapped[datetime]


class InvestorProfile(Identified, Base):
    """Somebody else than the person alone, in whose name they invest. `name` is that of the joint holder, the company
    or the trust; `country` is empty for a joint holder; everything else is sealed for this row.
    """

    __tablename__ = "investor_profiles"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
        CheckConstraint("kind in ('joint', 'company', 'trust')", name="kind"),
    )

    user_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
