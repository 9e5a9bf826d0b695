"""A deal's sale to its end: finalised or failed on the chain, paused, and what a failed one gives back."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import BaseUnits

revision = "0023_sale_life"
down_revision = "0022_endpoints"

# The tables of steps once more, as the services have them from here on; tests compare.
DEAL_STEPS = (
    ("draft", "submitted"),
    ("changes_requested", "submitted"),
    ("submitted", "draft"),
    ("submitted", "changes_requested"),
    ("submitted", "approved"),
    ("approved", "changes_requested"),
    ("approved", "opening"),
    ("opening", "scheduled"),
    ("opening", "open"),
    ("scheduled", "open"),
    ("open", "paused"),
    ("paused", "open"),
    ("open", "funded"),
    ("open", "failed"),
    ("paused", "funded"),
    ("paused", "failed"),
    ("funded", "failed"),
    ("funded", "closed"),
    ("failed", "closed"),
    ("draft", "cancelled"),
    ("changes_requested", "cancelled"),
    ("approved", "cancelled"),
    ("scheduled", "cancelled"),
    ("open", "cancelled"),
    ("paused", "cancelled"),
)
ESCROW_STEPS = (
    ("expected", "arriving"),
    ("expected", "held"),
    ("expected", "forgotten"),
    ("forgotten", "expected"),
    ("arriving", "expected"),
    ("arriving", "held"),
    ("held", "releasing"),
    ("held", "refunding"),
    ("held", "released"),
    ("held", "refunded"),
    ("releasing", "held"),
    ("releasing", "released"),
    ("releasing", "refunding"),
    ("releasing", "refunded"),
    ("refunding", "held"),
    ("refunding", "refunded"),
    ("refunding", "releasing"),
    ("refunding", "released"),
    ("released", "returning"),
    ("released", "returned"),
    ("returning", "released"),
    ("returning", "returned"),
)
INVESTMENT_STEPS = (
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
NEW = {
    "deals": {("funded", "failed")},
    "escrows": {pair for pair in ESCROW_STEPS if {"returning", "returned"} & set(pair)},
    "investments": {("completed", "refunded")},
}
DEALS = """
CREATE OR REPLACE FUNCTION app.check_deal_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'a deal begins as a draft' USING ERRCODE = 'check_violation'; END IF;
  ELSIF (OLD.status, NEW.status) NOT IN (%s) THEN
    RAISE EXCEPTION 'a deal can''t go from %% to %%', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
# Backwards it goes only where the chain lost a final block, and a person accepted that (service_lost.py of escrow).
ESCROWS = """
CREATE OR REPLACE FUNCTION app.escrow_steps() RETURNS trigger LANGUAGE plpgsql SET search_path = app, pg_catalog AS $$
BEGIN
  IF OLD.status <> NEW.status AND coalesce(current_setting('app.lost_block', true), '') <> 'yes'
    AND (OLD.status, NEW.status) NOT IN (%s) THEN
    RAISE EXCEPTION 'an escrow cannot go from %% to %%', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
INVESTMENTS = """
CREATE OR REPLACE FUNCTION app.investment_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF (OLD.status, NEW.status) NOT IN (%s) THEN
    RAISE EXCEPTION 'an investment does not go from %% to %%', OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
ESCROW_STATES = "'expected', 'arriving', 'held', 'releasing', 'released', 'refunding', 'refunded', 'forgotten'"


def upgrade() -> None:
    op.create_table(
        "deal_sales",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        *[
            sa.Column(name, sa.Text, nullable=False)
            for name in ("address", "wish", "asked", "outcome", "problem", "tx")
        ],
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("proceeds", BaseUnits, nullable=False),
        sa.Column("fee", BaseUnits, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "deal_id", name="pk_deal_sales"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deal_id"], ["app.deals.tenant_id", "app.deals.id"], name="fk_deal_sales_deal_id"
        ),
        sa.CheckConstraint("wish in ('', 'finalise', 'fail')", name="ck_deal_sales_wish"),
        sa.CheckConstraint("asked in ('', 'finalise', 'fail', 'pause', 'unpause')", name="ck_deal_sales_asked"),
        sa.CheckConstraint("outcome in ('', 'finalised', 'failed')", name="ck_deal_sales_outcome"),
        schema="app",
    )
    op.create_index(
        "ix_deal_sales_work",
        "deal_sales",
        ["tenant_id"],
        schema="app",
        postgresql_where=sa.text("outcome = '' AND asked = '' AND (wish <> '' OR paused <> stopped)"),
    )
    rls.protect(op, "deal_sales", platform="read")
    op.add_column("escrows", sa.Column("returned_tx", sa.Text, nullable=False, server_default=""), schema="app")
    op.add_column("escrows", sa.Column("returned_at", sa.DateTime(timezone=True)), schema="app")
    _states(f"{ESCROW_STATES}, 'returning', 'returned'")
    op.execute(DEALS % _pairs(DEAL_STEPS))
    op.execute(ESCROWS % _pairs(ESCROW_STEPS))
    op.execute(INVESTMENTS % _pairs(INVESTMENT_STEPS))


def _states(states: str) -> None:
    op.drop_constraint("ck_escrows_status", "escrows", schema="app", type_="check")
    op.create_check_constraint("ck_escrows_status", "escrows", f"status in ({states})", schema="app")


def _pairs(steps: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"('{before}', '{after}')" for before, after in steps)


def downgrade() -> None:
    op.execute(DEALS % _pairs(tuple(step for step in DEAL_STEPS if step not in NEW["deals"])))
    op.execute(ESCROWS % _pairs(tuple(step for step in ESCROW_STEPS if step not in NEW["escrows"])))
    op.execute(INVESTMENTS % _pairs(tuple(step for step in INVESTMENT_STEPS if step not in NEW["investments"])))
    _states(ESCROW_STATES)
    op.drop_column("escrows", "returned_at", schema="app")
    op.drop_column("escrows", "returned_tx", schema="app")
    op.drop_table("deal_sales", schema="app")
