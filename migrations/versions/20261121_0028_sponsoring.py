"""Budgets for people's network fees, and the payments that were carried."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import BaseUnits

revision = "0028_sponsoring"
down_revision = "0027_contracts"


def upgrade() -> None:
    op.create_table(
        "chain_budgets",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("budget", BaseUnits, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("left", BaseUnits, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "chain_id", name="pk_chain_budgets"),
        sa.CheckConstraint("period in ('once', 'week', 'month')", name="ck_chain_budgets_period"),
        schema="app",
    )
    op.create_table(
        "chain_sponsorings",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("intent_id", sa.Uuid, nullable=False),
        sa.Column("investment_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("nonce", BaseUnits, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("reserved", BaseUnits, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_sponsorings"),
        sa.UniqueConstraint("tenant_id", "request_hash", name="uq_chain_sponsorings_tenant_id_request_hash"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "intent_id"],
            ["app.chain_intents.tenant_id", "app.chain_intents.id"],
            name="fk_chain_sponsorings_intent_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], name="fk_chain_sponsorings_user_id"
        ),
        schema="app",
    )
    op.create_index("ix_chain_sponsorings_intent", "chain_sponsorings", ["tenant_id", "intent_id"], schema="app")
    op.create_index(
        "ix_chain_sponsorings_user", "chain_sponsorings", ["tenant_id", "user_id", "created_at"], schema="app"
    )
    rls.protect(op, "chain_budgets", platform="read")
    rls.protect(op, "chain_sponsorings")


def downgrade() -> None:
    op.drop_table("chain_sponsorings", schema="app")
    op.drop_table("chain_budgets", schema="app")
