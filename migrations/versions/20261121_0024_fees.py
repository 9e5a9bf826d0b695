"""Room for fees."""

revision = "0024_fees"
down_revision = "0023_sale_life"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
