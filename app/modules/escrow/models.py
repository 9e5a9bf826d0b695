"""One escrow an investment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.money import Asset
from tenants.orm import Base, BaseUnits, Identified

STATUSES = (
    "expected",
    "arriving",
    "held",
    "releasing",
    "released",
    "refunding",
    "refunded",
    "forgotten",
    "returning",
    "returned",
)


class Escrow(Identified, Base):
    """The money of one investment from payment to decision, and back out of a sale that failed.

    Its id is the investment's. `reduced` is what of the amount wasn't accepted and went back to the payer with the
    release; `returned_*` tell of money that a failed sale gave back after it.
    """

    __tablename__ = "escrows"
    __table_args__ = (CheckConstraint(f"status in {STATUSES}", name="status"),)

    deal_id: Mapped[UUID]
    user_id: Mapped[UUID]
    payer: Mapped[str]
    chain_id: Mapped[int] = mapped_column(BigInteger)
    asset_code: Mapped[str]
    asset_contract: Mapped[str]
    asset_decimals: Mapped[int]
    asset_display_decimals: Mapped[int]
    amount: Mapped[int] = mapped_column(BaseUnits)
    status: Mapped[str] = mapped_column(default="expected")
    address: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    decide_by: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    opened_tx: Mapped[str] = mapped_column(default="")
    closed_tx: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    returned_tx: Mapped[str] = mapped_column(default="")
    returned_at: Mapped[datetime | None]
    tokens: Mapped[int] = mapped_column(BaseUnits, default=0)
    fee: Mapped[int] = mapped_column(BaseUnits, default=0)
    reduced: Mapped[int] = mapped_column(BaseUnits, default=0)
    cause: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    undecided_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def asset(self) -> Asset:
        """What is paid with."""
        return Asset(
            code=self.asset_code,
            decimals=self.asset_decimals,
            display_decimals=self.asset_display_decimals,
            chain_id=self.chain_id,
            contract=self.asset_contract,
        )

    @property
    def accepted(self) -> int:
        """What of the amount the deal has, or would have, in base units."""
        return int(self.amount) - int(self.reduced)

    @property
    def may_take_back(self) -> bool:
        """Whether the payer's own right to the money has begun and nobody was faster."""
        return self.status in ("held", "releasing", "refunding") and self.undecided_at is not None


class StrayDeposit(Identified, Base):
    """Money that a contract of ours announced and no expected escrow matches; it waits for an operator in suspense."""

    __tablename__ = "escrow_strays"

    log_id: Mapped[UUID]
    investment_id: Mapped[UUID]
    payer: Mapped[str]
    asset: Mapped[str]
    amount: Mapped[int] = mapped_column(BaseUnits)
    why: Mapped[str]
    returning_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
