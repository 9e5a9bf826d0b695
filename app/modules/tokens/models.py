"""Programs that are signed in, their refresh tokens, and API keys. Of secrets only the SHA-256 stands here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, TenantScoped


class Family(Identified, Base):
    """A program that signed in once; every token that followed from it. It ends as a whole."""

    __tablename__ = "token_families"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    agent: Mapped[str]
    remote: Mapped[str]
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(default="")


class RefreshToken(TenantScoped, Base):
    """A refresh token. It is used once; shown again, it ends its family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "family_id"], ["app.token_families.tenant_id", "app.token_families.id"], ondelete="CASCADE"
        ),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[UUID]
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Identified, Base):
    """A person's key for a program of theirs; `prefix` is shown, the secret was shown once."""

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "prefix"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
