"""Room for signer."""

revision = "0021_signer"
down_revision = "0020_webhooks"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
