"""What a tenant's contracts were when they were last looked at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0027_contracts"
down_revision = "0026_reconciliation"


def upgrade() -> None:
    op.create_table(
        "chain_snapshots",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("block_time", sa.DateTime(timezone=True)),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("announced", JSONB, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "chain_id", name="pk_chain_snapshots"),
        schema="app",
    )
    rls.protect(op, "chain_snapshots")


def downgrade() -> None:
    op.drop_table("chain_snapshots", schema="app")
