"""Sign-in by others: providers, journeys to them and back, the identities they vouch for, and issuers of tokens."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0016_federation"
down_revision = "0015_profiles"

PRESETS = "'other', 'auth0', 'google', 'microsoft', 'keycloak'"
OF_PROVIDER = (["tenant_id", "provider_id"], ["app.identity_providers.tenant_id", "app.identity_providers.id"])
OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _row() -> list[sa.Column[Any]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def upgrade() -> None:
    _providers()
    _journeys()
    _issuers()
    for table in ("identity_providers", "sign_in_journeys", "linked_identities", "jwt_issuers"):
        rls.protect(op, table)


def _providers() -> None:
    op.create_table(
        "identity_providers",
        *_row(),
        *(_text(name) for name in ("slug", "name", "preset", "issuer", "client_id")),
        sa.Column("client_secret", sa.LargeBinary, nullable=False),
        *(_text(name) for name in ("scopes", "role_claim")),
        sa.Column("role_map", JSONB, nullable=False),
        *(_flag(name) for name in ("enabled", "opens_accounts", "trusts_email", "makes_admins")),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("keys", JSONB, nullable=False),
        _instant("keys_at", nullable=True),
        _instant("checked_at", nullable=True),
        _text("trouble"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_identity_providers"),
        sa.UniqueConstraint("tenant_id", "slug", name="uq_identity_providers_tenant_id_slug"),
        sa.CheckConstraint(f"preset in ({PRESETS})", name="ck_identity_providers_preset"),
        schema="app",
    )
    op.create_table(
        "linked_identities",
        *_row(),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        _text("subject"),
        sa.Column("user_id", sa.Uuid, nullable=False),
        _text("email"),
        sa.Column("hint", sa.LargeBinary, nullable=False),
        _instant("linked_at"),
        _instant("used_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_linked_identities"),
        sa.UniqueConstraint("tenant_id", "provider_id", "subject", name="uq_linked_identities_tenant_id_subject"),
        sa.ForeignKeyConstraint(*OF_PROVIDER, name="fk_linked_identities_provider_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_linked_identities_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_linked_identities_user_id", "linked_identities", ["tenant_id", "user_id"], schema="app")


def _journeys() -> None:
    op.create_table(
        "sign_in_journeys",
        *_row(),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("state_hash", "browser_hash")),
        *(_text(name) for name in ("nonce", "verifier", "goal")),
        _instant("begun_at"),
        _instant("expires_at"),
        _instant("returned_at", nullable=True),
        sa.Column("arrival", JSONB),
        sa.Column("hint", sa.LargeBinary, nullable=False),
        _text("trouble"),
        _instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sign_in_journeys"),
        sa.UniqueConstraint("tenant_id", "state_hash", name="uq_sign_in_journeys_tenant_id_state_hash"),
        sa.ForeignKeyConstraint(*OF_PROVIDER, name="fk_sign_in_journeys_provider_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_sign_in_journeys_expires_at", "sign_in_journeys", ["tenant_id", "expires_at"], schema="app")


def _issuers() -> None:
    op.create_table(
        "jwt_issuers",
        *_row(),
        *(_text(name) for name in ("name", "issuer", "audience", "keys_url")),
        sa.Column("keys", JSONB, nullable=False),
        _instant("keys_at", nullable=True),
        *(_text(name) for name in ("email_claim", "role_claim")),
        sa.Column("role_map", JSONB, nullable=False),
        *(_flag(name) for name in ("enabled", "trusts_email", "makes_admins")),
        _text("trouble"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_jwt_issuers"),
        sa.UniqueConstraint("tenant_id", "issuer", name="uq_jwt_issuers_tenant_id_issuer"),
        schema="app",
    )


def downgrade() -> None:
    for table in ("jwt_issuers", "sign_in_journeys", "linked_identities", "identity_providers"):
        op.drop_table(table, schema="app")
