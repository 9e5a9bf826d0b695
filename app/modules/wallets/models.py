"""Wallets that people showed to be theirs, and the messages by which they show it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified

STATES = ("asked", "checking", "proved", "refused", "used")
_OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


class Wallet(Identified, Base):
    """An address of a person. `kind`: a key, or a contract that says itself who signs for it (ERC-1271)."""

    __tablename__ = "wallets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "address"),
        ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),
        CheckConstraint("kind in ('key', 'contract')", name="kind"),
    )

    user_id: Mapped[UUID]
    address: Mapped[str]
    kind: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    chain_id: Mapped[int] = mapped_column(BigInteger)
    is_default: Mapped[bool] = mapped_column(default=False)
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Identified, Base):
    """A message that we wrote for one address and one browser, good once and for a while.

    `state`: asked → (checking →) proved or refused; proved → used.
    """

    __tablename__ = "wallet_challenges"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),
        CheckConstraint("purpose in ('link', 'sign-in')", name="purpose"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("(purpose = 'link') = (user_id IS NOT NULL)", name="user"),
    )

    purpose: Mapped[str]
    user_id: Mapped[UUID | None]
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str]
    message: Mapped[str]
    state: Mapped[str] = mapped_column(default="asked")
    signature: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="key")
    trouble: Mapped[str] = mapped_column(default="")
    goal: Mapped[str] = mapped_column(default="/")
    chain_id: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
