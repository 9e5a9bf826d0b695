"""Facts about investments."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class InvestmentPledged:
    """Room in the deal is reserved; `amount` is in base units of the deal's asset."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class InvestmentHeld:
    """The money is in the investor's own escrow contract, at a final block."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class InvestmentCompleted:
    """Escrow was released to the deal; `tokens` (base units of the deal's token) are the investor's."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    tokens: int


@dataclass(frozen=True, kw_only=True)
class InvestmentRefunded:
    """The money went back to the investor's wallet."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class InvestmentEnded:
    """An unpaid investment was cancelled by its investor or ran out of time; its room is free again."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
