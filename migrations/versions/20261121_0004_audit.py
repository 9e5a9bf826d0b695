"""The record of what was done in a tenant, and the chain of hashes over it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0004_audit"
down_revision = "0003_outbox"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_entries"),
        schema="app",
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["tenant_id", sa.text("at DESC")], schema="app")
    op.create_index(
        "ix_audit_entries_subject", "audit_entries", ["tenant_id", "subject_kind", "subject_id"], schema="app"
    )
    op.create_table(
        "audit_seals",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name="pk_audit_seals"),
        sa.UniqueConstraint("tenant_id", "entry_id", name="uq_audit_seals_tenant_id_entry_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["app.audit_entries.tenant_id", "app.audit_entries.id"],
            name="fk_audit_seals_entry_id",
        ),
        schema="app",
    )
    rls.protect(op, "audit_entries", append_only=True)
    rls.protect(op, "audit_seals", append_only=True)


def downgrade() -> None:
    op.drop_table("audit_seals", schema="app")
    op.drop_table("audit_entries", schema="app")
