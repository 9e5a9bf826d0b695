"""Second factors, and what a session knows about how its person came in."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0014_factors"
down_revision = "0013_investments"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])
KINDS = "'verify', 'reset', 'invite'"


def upgrade() -> None:
    for column in (
        sa.Column("stage", sa.Text, nullable=False, server_default="full"),
        sa.Column("how", sa.Text, nullable=False, server_default="password"),
        sa.Column("shown", sa.Text, nullable=False, server_default=""),
        sa.Column("proved_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("user_sessions", column, schema="app")
    op.create_check_constraint(
        "ck_user_sessions_stage", "user_sessions", "stage in ('full', 'second', 'enrol')", schema="app"
    )
    op.add_column("mail_tokens", sa.Column("address", sa.Text, nullable=False, server_default=""), schema="app")
    _kinds(f"{KINDS}, 'email', 'keep-email'")
    _tables()
    for table in ("totp_secrets", "recovery_codes", "passkeys", "spent_challenges"):
        rls.protect(op, table)


def _tables() -> None:
    op.create_table(
        "totp_secrets",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_totp_secrets"),
        sa.UniqueConstraint("tenant_id", "user_id", name="uq_totp_secrets_tenant_id_user_id"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_totp_secrets_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_recovery_codes_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "passkeys",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("rp_id", sa.Text, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("backed_up", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_passkeys"),
        sa.UniqueConstraint("tenant_id", "credential_id", name="uq_passkeys_tenant_id_credential_id"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_passkeys_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "spent_challenges",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name="pk_spent_challenges"),
        schema="app",
    )


def _kinds(allowed: str) -> None:
    op.drop_constraint("ck_mail_tokens_kind", "mail_tokens", schema="app", type_="check")
    op.create_check_constraint("ck_mail_tokens_kind", "mail_tokens", f"kind in ({allowed})", schema="app")


def downgrade() -> None:
    for table in ("spent_challenges", "passkeys", "recovery_codes", "totp_secrets"):
        op.drop_table(table, schema="app")
    op.execute("DELETE FROM app.mail_tokens WHERE kind in ('email', 'keep-email')")
    _kinds(KINDS)
    op.drop_column("mail_tokens", "address", schema="app")
    op.execute("DELETE FROM app.user_sessions WHERE stage <> 'full'")
    op.drop_constraint("ck_user_sessions_stage", "user_sessions", schema="app", type_="check")
    for column in ("proved_at", "shown", "how", "stage"):
        op.drop_column("user_sessions", column, schema="app")
