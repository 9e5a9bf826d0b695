"""Room for factors."""

revision = "0014_factors"
down_revision = "0013_investments"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
