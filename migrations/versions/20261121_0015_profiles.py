"""Room for profiles."""

revision = "0015_profiles"
down_revision = "0014_factors"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
