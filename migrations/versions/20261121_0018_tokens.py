"""Programs that are signed in, the refresh tokens that keep them so, and API keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0018_tokens"
down_revision = "0017_wallets"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def upgrade() -> None:
    op.create_table(
        "token_families",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_token_families"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_token_families_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_token_families_user_id", "token_families", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "refresh_tokens",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("family_id", sa.Uuid, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "token_hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "family_id"],
            ["app.token_families.tenant_id", "app.token_families.id"],
            name="fk_refresh_tokens_family_id",
            ondelete="CASCADE",
        ),
        schema="app",
    )
    op.create_index("ix_refresh_tokens_family_id", "refresh_tokens", ["tenant_id", "family_id"], schema="app")
    op.create_table(
        "api_keys",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_api_keys"),
        sa.UniqueConstraint("tenant_id", "prefix", name="uq_api_keys_tenant_id_prefix"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_api_keys_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["tenant_id", "user_id"], schema="app")
    for table in ("token_families", "refresh_tokens", "api_keys"):
        rls.protect(op, table)


def downgrade() -> None:
    for table in ("api_keys", "refresh_tokens", "token_families"):
        op.drop_table(table, schema="app")
