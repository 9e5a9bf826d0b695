"""Sessions of providers, sealed documents, and the version that can be asked for."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0031_access"
down_revision = "0030_following"

TABLES = ("provider_sessions", "partings", "logout_tokens")


def upgrade() -> None:
    op.create_table(
        "provider_sessions",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sid", sa.Text, nullable=False),
        sa.Column("hint", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_provider_sessions"),
        sa.UniqueConstraint("tenant_id", "session_id", name="uq_provider_sessions_session"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["app.user_sessions.tenant_id", "app.user_sessions.id"],
            name="fk_provider_sessions_session",
            ondelete="CASCADE",
        ),
        _of_provider("provider_sessions"),
        schema="app",
    )
    op.create_index(
        "ix_provider_sessions_subject", "provider_sessions", ["tenant_id", "provider_id", "subject"], schema="app"
    )
    op.create_index("ix_provider_sessions_sid", "provider_sessions", ["tenant_id", "provider_id", "sid"], schema="app")
    op.create_table(
        "partings",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        sa.Column("browser_hash", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("hint", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_partings"),
        sa.UniqueConstraint("tenant_id", "browser_hash", name="uq_partings_browser_hash"),
        _of_provider("partings"),
        schema="app",
    )
    op.create_table(
        "logout_tokens",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        sa.Column("jti_hash", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_logout_tokens"),
        sa.UniqueConstraint("tenant_id", "provider_id", "jti_hash", name="uq_logout_tokens_jti_hash"),
        _of_provider("logout_tokens"),
        schema="app",
    )
    for table in TABLES:
        rls.protect(op, table)
    op.add_column("documents", sa.Column("sealed_as", sa.Text, nullable=False, server_default=""), schema="app")
    op.execute("GRANT SELECT ON platform.alembic_version TO app_platform")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON platform.alembic_version FROM app_platform")
    op.drop_column("documents", "sealed_as", schema="app")  # what was sealed can't be read by an older program
    for table in reversed(TABLES):
        op.drop_table(table, schema="app")


def _of_provider(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "provider_id"],
        ["app.identity_providers.tenant_id", "app.identity_providers.id"],
        name=f"fk_{table}_provider",
        ondelete="CASCADE",
    )
