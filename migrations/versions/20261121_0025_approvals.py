"""Room for approvals."""

revision = "0025_approvals"
down_revision = "0024_fees"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
