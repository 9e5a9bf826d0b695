"""Room for webhooks."""

revision = "0020_webhooks"
down_revision = "0019_limits"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
