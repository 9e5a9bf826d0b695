"""What happened to people's wallets."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class WalletLinked:
    """A person showed that a wallet is theirs."""

    user_id: UUID
    address: str


@dataclass(frozen=True)
class WalletUnlinked:
    """A person removed a wallet."""

    user_id: UUID
    address: str
