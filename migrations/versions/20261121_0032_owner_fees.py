"""What the installation's own transactions cost."""

import sqlalchemy as sa
from alembic import op

from tenants.orm import BaseUnits

revision = "0032_owner_fees"
down_revision = "0031_access"


def upgrade() -> None:
    """Of what was sent before, the cost stays unknown."""
    op.add_column("chain_installations", sa.Column("gas_used", sa.BigInteger), schema="platform")
    op.add_column("chain_installations", sa.Column("gas_price", BaseUnits), schema="platform")


def downgrade() -> None:
    op.drop_column("chain_installations", "gas_price", schema="platform")
    op.drop_column("chain_installations", "gas_used", schema="platform")
