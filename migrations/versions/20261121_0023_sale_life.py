"""Room for sale life."""

revision = "0023_sale_life"
down_revision = "0022_endpoints"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
