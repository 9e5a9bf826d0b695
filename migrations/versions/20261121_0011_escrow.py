"""Escrows: one an investment, and the deposits that match none."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import BaseUnits

revision = "0011_escrow"
down_revision = "0010_chain"

STATUSES = "('expected', 'arriving', 'held', 'releasing', 'released', 'refunding', 'refunded', 'forgotten')"

# The same table as TRANSITIONS in app/modules/escrow/rules.py; a test compares the two.
STEPS = """
CREATE FUNCTION app.escrow_steps() RETURNS trigger LANGUAGE plpgsql SET search_path = app, pg_catalog AS $$
BEGIN
  IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
    ('expected', 'arriving'), ('expected', 'held'), ('expected', 'forgotten'), ('forgotten', 'expected'),
    ('arriving', 'expected'), ('arriving', 'held'),
    ('held', 'releasing'), ('held', 'refunding'), ('held', 'released'), ('held', 'refunded'),
    ('releasing', 'held'), ('releasing', 'released'), ('releasing', 'refunding'), ('releasing', 'refunded'),
    ('refunding', 'held'), ('refunding', 'refunded'), ('refunding', 'releasing'), ('refunding', 'released')
  ) THEN
    RAISE EXCEPTION 'an escrow cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "escrows",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("asset_code", sa.Text, nullable=False),
        sa.Column("asset_contract", sa.Text, nullable=False),
        sa.Column("asset_decimals", sa.Integer, nullable=False),
        sa.Column("asset_display_decimals", sa.Integer, nullable=False),
        sa.Column("amount", BaseUnits, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        *[
            sa.Column(name, sa.Text, nullable=False, server_default="")
            for name in ("address", "opened_tx", "closed_tx", "cause", "reason", "problem")
        ],
        *[
            sa.Column(name, sa.DateTime(timezone=True))
            for name in (
                "opened_at",
                "decide_by",
                "expires_at",
                "closed_at",
                "decided_at",
                "undecided_at",
                "expired_at",
            )
        ],
        sa.Column("decided_by", sa.Uuid),
        sa.Column("tokens", BaseUnits, nullable=False),
        sa.Column("fee", BaseUnits, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_escrows"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], name="fk_escrows_user_id"
        ),
        sa.CheckConstraint(f"status in {STATUSES}", name="ck_escrows_status"),
        schema="app",
    )
    op.create_index("ix_escrows_user", "escrows", ["tenant_id", "user_id", "status"], schema="app")
    op.create_index("ix_escrows_clock", "escrows", ["tenant_id", "status", "decide_by"], schema="app")
    op.create_table(
        "escrow_strays",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("log_id", sa.Uuid, nullable=False),
        sa.Column("investment_id", sa.Uuid, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("amount", BaseUnits, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("returning_at", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_escrow_strays"),
        sa.UniqueConstraint("tenant_id", "investment_id", name="uq_escrow_strays_tenant_id_investment_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "log_id"], ["app.chain_logs.tenant_id", "app.chain_logs.id"], name="fk_escrow_strays_log_id"
        ),
        schema="app",
    )
    op.execute(STEPS)
    op.execute("CREATE TRIGGER steps BEFORE UPDATE ON app.escrows FOR EACH ROW EXECUTE FUNCTION app.escrow_steps()")
    rls.protect(op, "escrows", platform="read")
    rls.protect(op, "escrow_strays")


def downgrade() -> None:
    op.drop_table("escrow_strays", schema="app")
    op.drop_table("escrows", schema="app")
    op.execute("DROP FUNCTION app.escrow_steps()")
