"""Room for limits."""

revision = "0019_limits"
down_revision = "0018_tokens"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
