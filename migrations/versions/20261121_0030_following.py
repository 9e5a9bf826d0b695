"""What was left of following the chain: two people end a freeze, alarms are told once, and more can be taken back."""

import sqlalchemy as sa
from alembic import op

from tenants.orm import BaseUnits

revision = "0030_following"
down_revision = "0029_batches"

# The table of steps as migration 0023 has it. Backwards it goes only where the chain lost a final block, and a person
# accepted that (service_lost.py of investments).
STEPS = (
    ("draft", "pledged"),
    ("draft", "cancelled"),
    ("pledged", "arriving"),
    ("pledged", "held"),
    ("pledged", "cancelled"),
    ("pledged", "expired"),
    ("arriving", "pledged"),
    ("arriving", "held"),
    ("held", "completed"),
    ("held", "refunded"),
    ("completed", "refunded"),
)
MOVES = """
CREATE OR REPLACE FUNCTION app.investment_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF %s(OLD.status, NEW.status) NOT IN (%s) THEN
    RAISE EXCEPTION 'an investment does not go from %% to %%', OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
LOST = "coalesce(pg_catalog.current_setting('app.lost_block', true), '') <> 'yes' AND "


def upgrade() -> None:
    op.add_column("chain_alarms", sa.Column("approval_id", sa.Uuid), schema="platform")
    op.add_column("chain_alarms", sa.Column("told_at", sa.DateTime(timezone=True)), schema="platform")
    op.add_column("chain_alarms", sa.Column("end_told_at", sa.DateTime(timezone=True)), schema="platform")
    op.execute("update platform.chain_alarms set told_at = raised_at, end_told_at = cleared_at")
    op.execute(
        "alter table platform.chain_alarms add constraint ck_chain_alarms_two"
        " check (kind <> 'deep-reorg' or cleared_at is null or approval_id is not null) not valid"
    )  # not valid: earlier ones were ended by one person
    op.add_column("escrows", sa.Column("reduced", BaseUnits, nullable=False, server_default="0"), schema="app")
    op.create_check_constraint("ck_escrows_reduced", "escrows", "reduced <= amount", schema="app")
    op.execute(MOVES % (LOST, _pairs()))


def _pairs() -> str:
    return ", ".join(f"('{before}', '{after}')" for before, after in STEPS)


def downgrade() -> None:
    op.execute(MOVES % ("", _pairs()))
    op.drop_constraint("ck_escrows_reduced", "escrows", schema="app", type_="check")
    op.drop_column("escrows", "reduced", schema="app")
    op.drop_constraint(op.f("ck_chain_alarms_two"), "chain_alarms", schema="platform", type_="check")
    for name in ("end_told_at", "told_at", "approval_id"):
        op.drop_column("chain_alarms", name, schema="platform")
