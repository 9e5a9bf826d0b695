"""Room for tokens."""

revision = "0018_tokens"
down_revision = "0017_wallets"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
