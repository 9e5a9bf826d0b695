"""Investments, with the table of what each may become kept by the database too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls
from tenants.orm import BaseUnits

revision = "0013_investments"
down_revision = "0012_deals"

STATUSES = ("draft", "pledged", "arriving", "held", "completed", "refunded", "cancelled", "expired")
PAIRS = (
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
)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "investments",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("deal_slug", sa.Text, nullable=False),
        sa.Column("deal_title", sa.Text, nullable=False),
        sa.Column("deal_kind", sa.Text, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("asset_code", sa.Text, nullable=False),
        sa.Column("asset_decimals", sa.Integer, nullable=False),
        sa.Column("asset_display", sa.Integer, nullable=False),
        sa.Column("asset_chain_id", sa.Integer),
        sa.Column("asset_contract", sa.Text),
        sa.Column("amount", BaseUnits, nullable=False),
        sa.Column("price", BaseUnits, nullable=False),
        sa.Column("tokens", BaseUnits, nullable=False),
        sa.Column("token_decimals", sa.Integer, nullable=False),
        sa.Column("fee", BaseUnits, nullable=False),
        sa.Column("payer", sa.Text),
        sa.Column("sent_hash", sa.Text),
        _instant("started_at", nullable=False),
        _instant("changed_at", nullable=False),
        _instant("pay_by"),
        _instant("pledged_at"),
        _instant("held_at"),
        _instant("completed_at"),
        _instant("refunded_at"),
        _instant("ended_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_investments"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_investments_number"),
        sa.UniqueConstraint("tenant_id", "user_id", "key", name="uq_investments_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deal_id"], ["app.deals.tenant_id", "app.deals.id"], name="fk_investments_deal_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], name="fk_investments_user_id"
        ),
        sa.CheckConstraint(f"status in {STATUSES}", name=op.f("ck_investments_status")),
        sa.CheckConstraint("status = 'draft' or amount > 0 or pledged_at is null", name=op.f("ck_investments_amount")),
        sa.CheckConstraint("fee <= amount", name=op.f("ck_investments_fee")),
        sa.CheckConstraint(
            "pledged_at is null or (number is not null and pay_by is not null)", name=op.f("ck_investments_pledged")
        ),
        sa.CheckConstraint(
            "status not in ('pledged', 'arriving', 'held', 'completed', 'refunded') or pledged_at is not null",
            name=op.f("ck_investments_pledged_first"),
        ),
        schema="app",
    )
    op.create_index(
        "uq_investments_open",
        "investments",
        ["tenant_id", "user_id", "deal_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("status in ('draft', 'pledged', 'arriving')"),
    )
    op.create_index("ix_investments_user", "investments", ["tenant_id", "user_id", "status"], schema="app")
    op.create_index("ix_investments_deal", "investments", ["tenant_id", "deal_id", "status"], schema="app")
    op.create_table(
        "investment_counters",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "year", name="pk_investment_counters"),
        sa.CheckConstraint("last > 0", name=op.f("ck_investment_counters_last")),
        schema="app",
    )
    rls.protect(op, "investments")
    rls.protect(op, "investment_counters")
    _keep_to_the_table()


def _keep_to_the_table() -> None:
    pairs = ", ".join(f"('{before}', '{later}')" for before, later in PAIRS)
    op.execute(f"""
        CREATE FUNCTION app.investment_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF (OLD.status, NEW.status) NOT IN ({pairs}) THEN
                RAISE EXCEPTION 'an investment does not go from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER moves BEFORE UPDATE OF status ON app.investments FOR EACH ROW
        WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION app.investment_moves()""")


def downgrade() -> None:
    op.drop_table("investment_counters", schema="app")
    op.drop_table("investments", schema="app")
    op.execute("DROP FUNCTION app.investment_moves()")
