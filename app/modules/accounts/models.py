"""People, their roles and sessions, the links mailed to them, and attempts that are counted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, TenantScoped


class User(Identified, Base):
    """A person with an account at one tenant. `password_hash` is empty until an invitation is accepted."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("status in ('active', 'suspended')", name="status"),
    )

    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="en")
    country: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="active")
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class UserRole(TenantScoped, Base):
    """A role of a person, a value of core.permissions.Role."""

    __tablename__ = "user_roles"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]


class UserSession(Identified, Base):
    """A signed-in browser (`web`) or program (`api`). The token itself is never stored, only its SHA-256.

    Until `stage` is `full` it gives no rights. `how` says by what it was opened, `shown` which factors were shown since
    (words with spaces between), `proved_at` when the person last showed who they are.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "token_hash"),
        CheckConstraint("kind in ('web', 'api')", name="kind"),
        CheckConstraint("stage in ('full', 'second', 'enrol')", name="stage"),
    )

    user_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    kind: Mapped[str] = mapped_column(default="web")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    remote: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    stage: Mapped[str] = mapped_column(default="full")
    how: Mapped[str] = mapped_column(default="password")
    shown: Mapped[str] = mapped_column(default="")
    proved_at: Mapped[datetime | None]


class MailToken(Identified, Base):
    """A link that was mailed. Its secret is derived from the installation's key, so no secret stands here.

    `address` is the new address of a change (`email`), or the one to keep (`keep-email`).
    """

    __tablename__ = "mail_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], ondelete="CASCADE"),
        CheckConstraint("kind in ('verify', 'reset', 'invite', 'email', 'keep-email')", name="kind"),
    )

    user_id: Mapped[UUID]
    kind: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime | None]


class Attempt(Identified, Base):
    """A try that is counted before it is judged. `subject` is a SHA-256 of the address typed in, never the address."""

    __tablename__ = "account_attempts"

    kind: Mapped[str]
    subject: Mapped[bytes]
    remote: Mapped[str]
    succeeded: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
