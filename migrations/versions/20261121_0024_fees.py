"""What using a chain costs now, and which payment tokens take a signature instead of an approval."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import BaseUnits

revision = "0024_fees"
down_revision = "0023_sale_life"

TABLES = ("chain_prices", "chain_tokens")


def upgrade() -> None:
    op.create_table(
        "chain_prices",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("gas_price", BaseUnits, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name="pk_chain_prices"),
        schema="platform",
    )
    op.create_table(
        "chain_tokens",
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("permits", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "address", name="pk_chain_tokens"),
        schema="platform",
    )
    for table in TABLES:
        rls.open_to_platform(op, table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="platform")
