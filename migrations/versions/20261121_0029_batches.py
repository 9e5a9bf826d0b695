"""Releases that go together in one transaction."""

import sqlalchemy as sa
from alembic import op

revision = "0029_batches"
down_revision = "0028_sponsoring"


def upgrade() -> None:
    op.add_column("chain_intents", sa.Column("carried_by", sa.Uuid), schema="app")
    op.add_column("chain_intents", sa.Column("alone", sa.Boolean, nullable=False, server_default="false"), schema="app")
    op.create_foreign_key(
        "fk_chain_intents_carried_by",
        "chain_intents",
        "chain_intents",
        ["tenant_id", "carried_by"],
        ["tenant_id", "id"],
        source_schema="app",
        referent_schema="app",
    )
    carried = "carried_by is null or (carried_by <> id and kind = 'escrow.release')"
    op.create_check_constraint("ck_chain_intents_carried", "chain_intents", carried, schema="app")
    op.create_check_constraint(
        "ck_chain_intents_alone", "chain_intents", "carried_by is not null or not alone", schema="app"
    )
    op.create_index(
        "ix_chain_intents_carried_by",
        "chain_intents",
        ["tenant_id", "carried_by"],
        schema="app",
        postgresql_where=sa.text("carried_by is not null"),
    )


def downgrade() -> None:
    """Forget who carries whom: to be done while nothing that is carried is under way."""
    op.drop_index("ix_chain_intents_carried_by", "chain_intents", schema="app")
    op.drop_constraint("ck_chain_intents_alone", "chain_intents", schema="app")
    op.drop_constraint("ck_chain_intents_carried", "chain_intents", schema="app")
    op.drop_constraint("fk_chain_intents_carried_by", "chain_intents", schema="app")
    op.drop_column("chain_intents", "alone", schema="app")
    op.drop_column("chain_intents", "carried_by", schema="app")
