"""What a tenant does on a chain, and how far the installation has followed it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls
from tenants.orm import BaseUnits

revision = "0010_chain"
down_revision = "0009_compliance"

TENANT_TABLES = (
    "chain_contracts",
    "chain_accounts",
    "chain_intents",
    "chain_transactions",
    "chain_attempts",
    "chain_logs",
    "chain_deployments",
    "chain_deployment_steps",
)
PLATFORM_TABLES = ("chain_networks", "chain_blocks", "chain_installations")


def _identified() -> list[sa.Column]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=False, server_default="") for name in names]


def upgrade() -> None:
    _contracts()
    _transactions()
    _logs()
    _deployments()
    _following()
    for table in ("chain_contracts", "chain_intents", "chain_logs", "chain_deployments"):
        rls.protect(op, table, platform="read")
    for table in ("chain_accounts", "chain_transactions", "chain_deployment_steps"):
        rls.protect(op, table)
    rls.protect(op, "chain_attempts")
    for table in PLATFORM_TABLES:
        rls.open_to_platform(op, table)


def _contracts() -> None:
    op.create_table(
        "chain_contracts",
        *_identified(),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("deal_id", sa.Uuid),
        *_text("tx_hash"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_contracts"),
        sa.UniqueConstraint("tenant_id", "chain_id", "address", name="uq_chain_contracts_tenant_id_chain_id_address"),
        sa.CheckConstraint("kind in ('factory', 'token', 'sale')", name="ck_chain_contracts_kind"),
        schema="app",
    )
    op.create_index("ix_chain_contracts_deal", "chain_contracts", ["tenant_id", "deal_id"], schema="app")


def _transactions() -> None:
    op.create_table(
        "chain_accounts",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("next_nonce", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "chain_id", "address", name="pk_chain_accounts"),
        schema="app",
    )
    op.create_table(
        "chain_intents",
        *_identified(),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("after_id", sa.Uuid),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("value", BaseUnits, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *_text("error", "tx_hash", "block_hash"),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("succeeded", sa.Boolean),
        sa.Column("gas_used", sa.BigInteger),
        sa.Column("gas_price", BaseUnits),
        _instant("created_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_intents"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_chain_intents_tenant_id_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "after_id"],
            ["app.chain_intents.tenant_id", "app.chain_intents.id"],
            name="fk_chain_intents_after_id",
        ),
        sa.CheckConstraint(
            "state in ('prepared', 'signed', 'broadcast', 'mined', 'final', 'reverted', 'refused')",
            name="ck_chain_intents_state",
        ),
        schema="app",
    )
    op.create_index("ix_chain_intents_subject", "chain_intents", ["tenant_id", "subject_id"], schema="app")
    op.create_index(
        "ix_chain_intents_open",
        "chain_intents",
        ["tenant_id", "created_at"],
        schema="app",
        postgresql_where=sa.text("state in ('prepared', 'signed', 'broadcast', 'mined')"),
    )
    op.create_table(
        "chain_transactions",
        *_identified(),
        sa.Column("intent_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_transactions"),
        sa.UniqueConstraint(
            "tenant_id", "chain_id", "sender", "nonce", name="uq_chain_transactions_tenant_id_chain_id_sender_nonce"
        ),
        sa.UniqueConstraint("tenant_id", "intent_id", name="uq_chain_transactions_tenant_id_intent_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "intent_id"],
            ["app.chain_intents.tenant_id", "app.chain_intents.id"],
            name="fk_chain_transactions_intent_id",
        ),
        schema="app",
    )
    op.create_table(
        "chain_attempts",
        *_identified(),
        sa.Column("transaction_id", sa.Uuid, nullable=False),
        sa.Column("tx_hash", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("gas", sa.BigInteger, nullable=False),
        sa.Column("max_fee", BaseUnits, nullable=False),
        sa.Column("priority_fee", BaseUnits, nullable=False),
        _instant("signed_at"),
        _instant("sent_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_attempts"),
        sa.UniqueConstraint("tenant_id", "tx_hash", name="uq_chain_attempts_tenant_id_tx_hash"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["app.chain_transactions.tenant_id", "app.chain_transactions.id"],
            name="fk_chain_attempts_transaction_id",
        ),
        schema="app",
    )
    op.create_index("ix_chain_attempts_transaction", "chain_attempts", ["tenant_id", "transaction_id"], schema="app")


def _logs() -> None:
    op.create_table(
        "chain_logs",
        *_identified(),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("block_hash", sa.Text, nullable=False),
        _instant("block_time"),
        sa.Column("log_index", sa.Integer, nullable=False),
        sa.Column("tx_hash", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("args", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _instant("seen_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_logs"),
        sa.UniqueConstraint(
            "tenant_id",
            "chain_id",
            "block_hash",
            "log_index",
            name="uq_chain_logs_tenant_id_chain_id_block_hash_log_index",
        ),
        sa.CheckConstraint("state in ('seen', 'final', 'undone')", name="ck_chain_logs_state"),
        schema="app",
    )
    op.create_index("ix_chain_logs_subject", "chain_logs", ["tenant_id", "subject_id"], schema="app")
    op.create_index(
        "ix_chain_logs_seen",
        "chain_logs",
        ["tenant_id", "block_number"],
        schema="app",
        postgresql_where=sa.text("state = 'seen'"),
    )


def _deployments() -> None:
    op.create_table(
        "chain_deployments",
        *_identified(),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("spec", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *_text("token", "sale"),
        sa.Column("started_by", sa.Uuid),
        _instant("started_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chain_deployments"),
        sa.UniqueConstraint("tenant_id", "deal_id", name="uq_chain_deployments_tenant_id_deal_id"),
        sa.CheckConstraint("state in ('running', 'failed', 'done')", name="ck_chain_deployments_state"),
        schema="app",
    )
    op.create_table(
        "chain_deployment_steps",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("deployment_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        *_text("tx_hash", "error"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "deployment_id", "name", name="pk_chain_deployment_steps"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deployment_id"],
            ["app.chain_deployments.tenant_id", "app.chain_deployments.id"],
            name="fk_chain_deployment_steps_deployment_id",
        ),
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="ck_chain_deployment_steps_state"),
        schema="app",
    )


def _following() -> None:
    op.create_table(
        "chain_networks",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("genesis_hash", sa.Text, nullable=False),
        sa.Column("start_number", sa.BigInteger, nullable=False),
        sa.Column("head_number", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.Text, nullable=False),
        _instant("head_time"),
        sa.Column("final_number", sa.BigInteger, nullable=False),
        *_text("trouble"),
        _instant("followed_at"),
        sa.PrimaryKeyConstraint("chain_id", name="pk_chain_networks"),
        schema="platform",
    )
    op.create_table(
        "chain_blocks",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("parent_hash", sa.Text, nullable=False),
        _instant("time"),
        sa.PrimaryKeyConstraint("chain_id", "number", name="pk_chain_blocks"),
        schema="platform",
    )
    op.create_table(
        "chain_installations",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        _instant("signed_at"),
        sa.PrimaryKeyConstraint("chain_id", "name", name="pk_chain_installations"),
        sa.UniqueConstraint("chain_id", "sender", "nonce", name="uq_chain_installations_chain_id_sender_nonce"),
        schema="platform",
    )


def downgrade() -> None:
    for table in reversed(PLATFORM_TABLES):
        op.drop_table(table, schema="platform")
    for table in reversed(TENANT_TABLES):
        op.drop_table(table, schema="app")
