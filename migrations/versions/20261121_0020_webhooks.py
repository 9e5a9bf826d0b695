"""Webhooks: who is told, what was told, and how it went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0020_webhooks"
down_revision = "0019_limits"


def _ids(*names: str) -> list[sa.Column[sa.Uuid]]:
    return [sa.Column(name, sa.Uuid, nullable=False) for name in ("tenant_id", "id", *names)]


def _instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{target}.tenant_id", f"app.{target}.id"],
        name=f"fk_{table}_{column}",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        *_ids(),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("kinds", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("former", sa.LargeBinary),
        _instant("former_until", nullable=True),
        sa.Column("challenge", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        _instant("rest_until", nullable=True),
        _instant("told_at", nullable=True),
        sa.Column("created_by", sa.Uuid),
        _instant("created_at"),
        _instant("proven_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_endpoints"),
        sa.CheckConstraint("state IN ('proving', 'active', 'off')", name="ck_webhook_endpoints_state"),
        schema="app",
    )
    op.create_table(
        "webhook_messages",
        *_ids(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_messages"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_webhook_messages_tenant_id_number"),
        schema="app",
    )
    op.create_index("ix_webhook_messages_at", "webhook_messages", ["tenant_id", "at"], schema="app")
    op.create_table(
        "webhook_deliveries",
        *_ids("endpoint_id", "message_id"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried", sa.Integer, nullable=False),
        _instant("next_at", nullable=True),
        _instant("sending_until", nullable=True),
        _instant("created_at"),
        _instant("delivered_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint(
            "tenant_id", "endpoint_id", "message_id", name="uq_webhook_deliveries_tenant_id_endpoint_id"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed', 'stopped')", name="ck_webhook_deliveries_state"
        ),
        _of("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
        _of("webhook_deliveries", "message_id", "webhook_messages"),
        schema="app",
    )
    op.create_index("ix_webhook_deliveries_message", "webhook_deliveries", ["tenant_id", "message_id"], schema="app")
    op.create_index(
        "ix_webhook_deliveries_newest",
        "webhook_deliveries",
        ["tenant_id", "endpoint_id", sa.text("created_at DESC"), sa.text("id DESC")],
        schema="app",
    )
    op.create_index(
        "ix_webhook_deliveries_sending",
        "webhook_deliveries",
        ["tenant_id", "sending_until"],
        schema="app",
        postgresql_where=sa.text("sending_until IS NOT NULL"),
    )
    op.create_table(
        "webhook_attempts",
        *_ids("delivery_id"),
        sa.Column("number", sa.Integer, nullable=False),
        _instant("at"),
        sa.Column("took", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_attempts"),
        sa.UniqueConstraint("tenant_id", "delivery_id", "number", name="uq_webhook_attempts_tenant_id_delivery_id"),
        _of("webhook_attempts", "delivery_id", "webhook_deliveries"),
        schema="app",
    )
    for table in ("webhook_endpoints", "webhook_messages", "webhook_deliveries", "webhook_attempts"):
        rls.protect(op, table)


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_messages", "webhook_endpoints"):
        op.drop_table(table, schema="app")
