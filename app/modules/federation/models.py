"""Providers, journeys to them and back, identities and sessions they vouch for, and issuers of tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified

_OF_PROVIDER = (["tenant_id", "provider_id"], ["app.identity_providers.tenant_id", "app.identity_providers.id"])
_OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


class IdentityProvider(Identified, Base):
    """An OpenID Connect provider of the tenant. `client_secret` is sealed; `document` is what it published of itself.

    `role_map` leads from values of the claim `role_claim` to values of core.permissions.Role.
    """

    __tablename__ = "identity_providers"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)

    slug: Mapped[str]
    name: Mapped[str]
    preset: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    client_secret: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    scopes: Mapped[str]
    role_claim: Mapped[str] = mapped_column(default="")
    role_map: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    enabled: Mapped[bool] = mapped_column(default=False)
    opens_accounts: Mapped[bool] = mapped_column(default=False)
    trusts_email: Mapped[bool] = mapped_column(default=False)
    makes_admins: Mapped[bool] = mapped_column(default=False)
    document: Mapped[dict[str, Any]] = mapped_column(default=dict)
    keys: Mapped[dict[str, Any]] = mapped_column(default=dict)
    keys_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Journey(Identified, Base):
    """One way to a provider and back. State and browser are stored as SHA-256; `arrival` is what the provider said."""

    __tablename__ = "sign_in_journeys"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_PROVIDER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "state_hash"),
    )

    provider_id: Mapped[UUID]
    state_hash: Mapped[bytes] = mapped_column(LargeBinary)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[str]
    verifier: Mapped[str]
    goal: Mapped[str]
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    arrival: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    hint: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    trouble: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]


class LinkedIdentity(Identified, Base):
    """Somebody at a provider who is a person here. `hint` is the last ID token, sealed, for signing out there."""

    __tablename__ = "linked_identities"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_PROVIDER, ondelete="CASCADE"),
        ForeignKeyConstraint(*_OF_USER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "provider_id", "subject"),
    )

    provider_id: Mapped[UUID]
    subject: Mapped[str]
    user_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(default="")
    hint: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]


class ProviderSession(Identified, Base):
    """A session here that began at a provider. `sid` is the provider's name of its own session, empty if it gave none.

    `hint` is the ID token it began with, sealed.
    """

    __tablename__ = "provider_sessions"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_PROVIDER, ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["app.user_sessions.tenant_id", "app.user_sessions.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "session_id"),
    )

    session_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    subject: Mapped[str]
    sid: Mapped[str] = mapped_column(default="")
    hint: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class Parting(Identified, Base):
    """A browser that has signed out here and may sign out at the provider too: one each, for a quarter of an hour."""

    __tablename__ = "partings"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_PROVIDER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "browser_hash"),
    )

    provider_id: Mapped[UUID]
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    subject: Mapped[str]
    hint: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    expires_at: Mapped[datetime]


class LogoutToken(Identified, Base):
    """A logout token that was obeyed: it isn't taken twice. Kept until it couldn't be taken anyway."""

    __tablename__ = "logout_tokens"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_PROVIDER, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "provider_id", "jti_hash"),
    )

    provider_id: Mapped[UUID]
    jti_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class JwtIssuer(Identified, Base):
    """Somebody else whose tokens the JSON door takes. With `keys_url` the keys are fetched, else they were typed in."""

    __tablename__ = "jwt_issuers"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer"),)

    name: Mapped[str]
    issuer: Mapped[str]
    audience: Mapped[str]
    keys_url: Mapped[str] = mapped_column(default="")
    keys: Mapped[dict[str, Any]] = mapped_column(default=dict)
    keys_at: Mapped[datetime | None]
    email_claim: Mapped[str] = mapped_column(default="email")
    role_claim: Mapped[str] = mapped_column(default="")
    role_map: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    enabled: Mapped[bool] = mapped_column(default=False)
    trusts_email: Mapped[bool] = mapped_column(default=False)
    makes_admins: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
