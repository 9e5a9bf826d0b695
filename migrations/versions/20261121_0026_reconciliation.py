"""Room for reconciliation."""

revision = "0026_reconciliation"
down_revision = "0025_approvals"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
