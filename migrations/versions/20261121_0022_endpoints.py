"""Room for endpoints."""

revision = "0022_endpoints"
down_revision = "0021_signer"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
