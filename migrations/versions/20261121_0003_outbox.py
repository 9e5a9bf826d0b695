"""Facts on their way to their handlers, the effects they had, and claims of idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0003_outbox"
down_revision = "0002_tenants"


def upgrade() -> None:
    op.create_table(
        "outbox_events",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_outbox_events"),
        schema="app",
    )
    op.create_table(
        "event_effects",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("handler", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", "handler", name="pk_event_effects"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["app.outbox_events.tenant_id", "app.outbox_events.id"],
            name="fk_event_effects_event_id",
        ),
        schema="app",
    )
    op.create_table(
        "idempotency_claims",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", JSONB),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("tenant_id", "actor_id", "scope", "key", name="pk_idempotency_claims"),
        schema="app",
    )
    rls.protect(op, "outbox_events", append_only=True)
    rls.protect(op, "event_effects", append_only=True)
    rls.protect(op, "idempotency_claims")


def downgrade() -> None:
    op.drop_table("idempotency_claims", schema="app")
    op.drop_table("event_effects", schema="app")
    op.drop_table("outbox_events", schema="app")
