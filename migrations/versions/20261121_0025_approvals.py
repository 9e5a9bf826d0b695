"""Requests for a second person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0025_approvals"
down_revision = "0024_fees"


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_approvals"),
        sa.CheckConstraint(
            "state in ('asked', 'approved', 'declined', 'withdrawn', 'expired')", name="ck_approvals_state"
        ),
        sa.CheckConstraint("state not in ('approved', 'declined') or decided_by <> asked_by", name="ck_approvals_two"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "asked_by"], ["app.users.tenant_id", "app.users.id"], name="fk_approvals_asked_by"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by"], ["app.users.tenant_id", "app.users.id"], name="fk_approvals_decided_by"
        ),
        schema="app",
    )
    op.create_index(
        "uq_approvals_open",
        "approvals",
        ["tenant_id", "kind", "subject_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index("ix_approvals_asked", "approvals", ["tenant_id", "asked_at"], schema="app")
    rls.protect(op, "approvals")


def downgrade() -> None:
    op.drop_table("approvals", schema="app")
