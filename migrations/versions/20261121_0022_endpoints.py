"""How the chain is followed: its nodes, lost branches, alarms, and the sources that explorers were given."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0022_endpoints"
down_revision = "0021_signer"

TABLES = ("chain_endpoints", "chain_reorgs", "chain_alarms", "chain_verifications")


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=False, server_default="") for name in names]


def upgrade() -> None:
    op.create_table(
        "chain_endpoints",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        sa.Column("head_number", sa.BigInteger, nullable=False),
        sa.Column("final_number", sa.BigInteger, nullable=False),
        *_text("error"),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        _instant("since"),
        _instant("looked_at"),
        sa.PrimaryKeyConstraint("chain_id", "name", name="pk_chain_endpoints"),
        sa.CheckConstraint(
            "state in ('healthy', 'behind', 'down', 'returning', 'cordoned')", name="ck_chain_endpoints_state"
        ),
        schema="platform",
    )
    op.create_table(
        "chain_reorgs",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        _instant("seen_at"),
        sa.Column("old_number", sa.BigInteger, nullable=False),
        sa.Column("old_hash", sa.Text, nullable=False),
        sa.Column("fork_number", sa.BigInteger, nullable=False),
        sa.Column("logs_undone", sa.Integer, nullable=False),
        sa.Column("below_final", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain_reorgs"),
        schema="platform",
    )
    op.create_index("ix_chain_reorgs_seen", "chain_reorgs", ["chain_id", "seen_at"], schema="platform")
    op.create_table(
        "chain_alarms",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False, server_default=sa.false()),
        _instant("raised_at"),
        _instant("last_at"),
        _instant("cleared_at", nullable=True),
        *_text("cleared_by", "reason"),
        sa.PrimaryKeyConstraint("id", name="pk_chain_alarms"),
        schema="platform",
    )
    op.create_index(
        "uq_chain_alarms_open",
        "chain_alarms",
        ["chain_id", "kind"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_table(
        "chain_verifications",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("explorer", sa.Text, nullable=False),
        sa.Column("contract", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *_text("words", "ticket"),
        sa.Column("tries", sa.Integer, nullable=False),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("chain_id", "address", "explorer", name="pk_chain_verifications"),
        sa.CheckConstraint(
            "state in ('waiting', 'pending', 'verified', 'failed')", name="ck_chain_verifications_state"
        ),
        schema="platform",
    )
    for table in TABLES:
        rls.open_to_platform(op, table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="platform")
