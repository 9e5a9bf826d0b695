"""An investment, and the counter that numbers a tenant's investments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.money import Asset
from app.modules.investments.rules import Status, Step
from tenants.orm import Base, BaseUnits, Identified, TenantScoped


class Investment(Identified, Base):
    """One person's money in one deal. What was agreed is kept here, whatever becomes of the deal's texts later.

    `amount` and `fee` are base units of the asset (the fee is the part of the amount that the issuer pays to the
    platform), `tokens` those of the deal's token. `sent_hash` is what a browser said, a hint and never a proof.
    """

    __tablename__ = "investments"

    number: Mapped[str | None]
    deal_id: Mapped[UUID]
    deal_slug: Mapped[str]
    deal_title: Mapped[str]
    deal_kind: Mapped[str]
    user_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(default=Status.DRAFT.value)
    step: Mapped[str] = mapped_column(default=Step.AMOUNT.value)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str]
    asset_code: Mapped[str]
    asset_decimals: Mapped[int]
    asset_display: Mapped[int]
    asset_chain_id: Mapped[int | None]
    asset_contract: Mapped[str | None]
    amount: Mapped[int] = mapped_column(BaseUnits, default=0)
    price: Mapped[int] = mapped_column(BaseUnits)
    tokens: Mapped[int] = mapped_column(BaseUnits, default=0)
    token_decimals: Mapped[int]
    fee: Mapped[int] = mapped_column(BaseUnits, default=0)
    payer: Mapped[str | None]
    sent_hash: Mapped[str | None]
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    pay_by: Mapped[datetime | None]
    pledged_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def holder_kind(self) -> str:
        """In whose name it is made: individual, joint, company or trust, as chosen in the wizard."""
        return str(self._holder.get("kind") or "individual")

    @property
    def holder_name(self) -> str:
        """The name it is made in, as it was when it was chosen; empty before that."""
        return str(self._holder.get("name") or "")

    @property
    def holder_key(self) -> str:
        """The profile that was chosen: its id, or `individual`."""
        return str(self._holder.get("profile") or "individual")

    @property
    def _holder(self) -> dict[str, Any]:
        said = self.answers.get(Step.INVESTOR.value)
        return said if isinstance(said, dict) else {}

    @property
    def asset(self) -> Asset:
        """What is paid with, as it was when the investment began."""
        return Asset(
            code=self.asset_code,
            decimals=self.asset_decimals,
            display_decimals=self.asset_display,
            chain_id=self.asset_chain_id,
            contract=self.asset_contract,
        )

    @property
    def token(self) -> Asset:
        """What is bought: the deal's token."""
        return Asset(code="", decimals=self.token_decimals, display_decimals=min(self.token_decimals, 4))


class InvestmentCounter(TenantScoped, Base):
    """The last serial number given out in a year."""

    __tablename__ = "investment_counters"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
