"""How the chain is followed: its nodes, the branches that were lost, what alarms, and what explorers were given."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from tenants import ids
from tenants.orm import Base, Platform


class ChainEndpoint(Platform, Base):
    """How a node did when it was last looked at. `since` is when its state began."""

    __tablename__ = "chain_endpoints"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    latency_ms: Mapped[int]
    head_number: Mapped[int] = mapped_column(BigInteger)
    final_number: Mapped[int] = mapped_column(BigInteger)
    error: Mapped[str] = mapped_column(default="")
    good: Mapped[int]
    needed: Mapped[int]
    since: Mapped[datetime]
    looked_at: Mapped[datetime]


class ChainReorg(Platform, Base):
    """A branch that was followed and lost: its newest block, and the newest block that both branches have."""

    __tablename__ = "chain_reorgs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime]
    old_number: Mapped[int] = mapped_column(BigInteger)
    old_hash: Mapped[str]
    fork_number: Mapped[int] = mapped_column(BigInteger)
    logs_undone: Mapped[int]
    below_final: Mapped[bool]

    @property
    def depth(self) -> int:
        """How many blocks were lost."""
        return self.old_number - self.fork_number


class ChainAlarm(Platform, Base):
    """Something that people have to know about the chain. Open until it is over, or until a person clears it.

    `accepted`: a person decided that the new branch is to be followed although final blocks are lost. `approval_id` is
    the request of two people that ended it. `told_at` and `end_told_at` are when operators were mailed about it.
    """

    __tablename__ = "chain_alarms"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    details: Mapped[dict[str, Any]]
    accepted: Mapped[bool] = mapped_column(default=False)
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str] = mapped_column(default="")
    approval_id: Mapped[UUID | None]
    told_at: Mapped[datetime | None]
    end_told_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


class ChainVerification(Platform, Base):
    """One contract's sources at one explorer. `ticket` is what the explorer calls the check while it is pending."""

    __tablename__ = "chain_verifications"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    explorer: Mapped[str] = mapped_column(primary_key=True)
    contract: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    words: Mapped[str] = mapped_column(default="")
    ticket: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
