"""Secrets of code apps, recovery codes, passkeys, and challenges that were answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, TenantScoped

_OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


class TotpSecret(Identified, Base):
    """The secret a person's app makes codes from, sealed. Until `confirmed_at` it opens nothing.

    `last_step` is the time step (30 seconds) of the newest code that was accepted: each code works once.
    """

    __tablename__ = "totp_secrets"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id"),
    )

    user_id: Mapped[UUID]
    sealed: Mapped[bytes]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]


class RecoveryCode(Identified, Base):
    """A code for the day the app is lost; its SHA-256 alone is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),)

    user_id: Mapped[UUID]
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Identified, Base):
    """A public key of a person's device, for one host (`rp_id`). `sign_count` never goes back, where it counts."""

    __tablename__ = "passkeys"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "credential_id"),
    )

    user_id: Mapped[UUID]
    rp_id: Mapped[str]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SpentChallenge(TenantScoped, Base):
    """A challenge that was answered, by its SHA-256: no answer counts twice."""

    __tablename__ = "spent_challenges"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]
