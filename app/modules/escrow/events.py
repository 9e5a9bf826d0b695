"""What became of an investor's money. All of them carry the investment that the escrow belongs to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class EscrowArriving:
    """The deposit was seen at the head of the chain; it isn't credited yet."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    tx_hash: str


@dataclass(frozen=True, kw_only=True)
class EscrowVanished:
    """The deposit that was arriving was undone by a reorganisation: the escrow is expected again."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class EscrowTakenBack:
    """The chain lost final blocks, and people accepted that: the escrow stands at `status` again.

    `status`: expected (the deposit is lost), held (the way out is lost), released (the return is lost), or refunded.
    """

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    status: str


@dataclass(frozen=True, kw_only=True)
class EscrowHeld:
    """The deposit is final and booked. Both instants are the contract's own."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    tx_hash: str
    decide_by: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class EscrowReleased:
    """The money went to the deal's sale and the payer got `tokens` (base units of the deal's token).

    `reduced` is what of the amount wasn't accepted: it went back to the payer in the same transaction.
    """

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    tx_hash: str
    tokens: int
    to_sale: int
    fee: int
    reduced: int = 0


@dataclass(frozen=True, kw_only=True)
class EscrowRefunded:
    """The money went back to the payer. `cause`: rejected, undecided, expired or mutual."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    tx_hash: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class EscrowUndecided:
    """The fourteen days passed without a decision: from now on the payer may take the money back alone."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class EscrowExpired:
    """The thirty days passed: nothing can be released any more, the platform sends the money back."""

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class EscrowReturned:
    """The deal's sale failed after the release and paid the investor back, fee included; the tokens are gone.

    `amount` is what had been accepted.
    """

    investment_id: UUID
    deal_id: UUID
    user_id: UUID
    amount: int
    tx_hash: str
