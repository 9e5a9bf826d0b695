"""People, their roles and sessions, mailed links, and counted attempts."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0005_accounts"
down_revision = "0004_audit"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_users"),
        sa.UniqueConstraint("tenant_id", "email", name="uq_users_tenant_id_email"),
        sa.CheckConstraint("email = lower(email)", name="ck_users_email_lower"),
        sa.CheckConstraint("status in ('active', 'suspended')", name="ck_users_status"),
        schema="app",
    )
    op.create_table(
        "user_roles",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "role", name="pk_user_roles"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_user_roles_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_user_roles_role", "user_roles", ["tenant_id", "role"], schema="app")
    _sessions_and_tokens()
    for table in ("users", "user_roles", "user_sessions", "mail_tokens", "account_attempts"):
        rls.protect(op, table)


def _sessions_and_tokens() -> None:
    op.create_table(
        "user_sessions",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_user_sessions"),
        sa.UniqueConstraint("tenant_id", "token_hash", name="uq_user_sessions_tenant_id_token_hash"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_user_sessions_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('web', 'api')", name="ck_user_sessions_kind"),
        schema="app",
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "mail_tokens",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_mail_tokens"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_mail_tokens_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('verify', 'reset', 'invite')", name="ck_mail_tokens_kind"),
        schema="app",
    )
    op.create_index("ix_mail_tokens_user_id", "mail_tokens", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "account_attempts",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_account_attempts"),
        schema="app",
    )
    op.create_index(
        "ix_account_attempts_subject", "account_attempts", ["tenant_id", "kind", "subject", "at"], schema="app"
    )
    op.create_index(
        "ix_account_attempts_remote", "account_attempts", ["tenant_id", "kind", "remote", "at"], schema="app"
    )


def downgrade() -> None:
    for table in ("account_attempts", "mail_tokens", "user_sessions", "user_roles", "users"):
        op.drop_table(table, schema="app")
