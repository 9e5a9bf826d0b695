"""What comparing the books with the contracts found, and payouts that stand still because of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0026_reconciliation"
down_revision = "0025_approvals"


def _key() -> list[sa.Column]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        *_key(),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("journals", sa.Integer, nullable=False),
        sa.Column("escrows", sa.Integer, nullable=False),
        sa.Column("differences", JSONB, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_reconciliations"),
        schema="app",
    )
    op.create_index("ix_reconciliations_last", "reconciliations", ["tenant_id", "last_at"], schema="app")
    rls.protect(op, "reconciliations")
    op.create_table(
        "payout_freezes",
        *_key(),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("approval_id", sa.Uuid),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_payout_freezes"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "approval_id"],
            ["app.approvals.tenant_id", "app.approvals.id"],
            name="fk_payout_freezes_approval",
        ),
        schema="app",
    )
    op.create_index(
        "uq_payout_freezes_open",
        "payout_freezes",
        ["tenant_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("lifted_at is null"),
    )
    rls.protect(op, "payout_freezes")
    rls.open_to_signer(op, "payout_freezes")


def downgrade() -> None:
    op.drop_table("payout_freezes", schema="app")
    op.drop_table("reconciliations", schema="app")
