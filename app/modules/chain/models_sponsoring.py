"""What the platform spends on people's network fees: each tenant's budget, and every payment it carried."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.modules.chain.rules_sponsoring import PERIODS
from tenants.orm import Base, BaseUnits, Identified, TenantScoped


class GasBudget(TenantScoped, Base):
    """What may be spent in each period on a chain, in wei. `round` counts what the owner's key told the forwarder.

    `left` is the forwarder's own count at `seen_at`; `told` is the round that it knows of.
    """

    __tablename__ = "chain_budgets"
    __table_args__ = (CheckConstraint(f"period in {PERIODS}", name="period"),)

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    budget: Mapped[int] = mapped_column(BaseUnits)
    period: Mapped[str]
    round: Mapped[int]
    told: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(BaseUnits, default=0)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class Sponsoring(Identified, Base):
    """A payment whose network fee the platform offered to pay, in answer to one signed request.

    `reserved`: the most it can take off the budget, in wei. What it did take is the intent's fee.
    """

    __tablename__ = "chain_sponsorings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "request_hash"),
        ForeignKeyConstraint(["tenant_id", "intent_id"], ["app.chain_intents.tenant_id", "app.chain_intents.id"]),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"]),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger)
    intent_id: Mapped[UUID]
    investment_id: Mapped[UUID]
    user_id: Mapped[UUID]
    payer: Mapped[str]
    nonce: Mapped[int] = mapped_column(BaseUnits)
    request_hash: Mapped[str]
    reserved: Mapped[int] = mapped_column(BaseUnits)
    created_at: Mapped[datetime]
