"""Room for wallets."""

revision = "0017_wallets"
down_revision = "0016_federation"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
