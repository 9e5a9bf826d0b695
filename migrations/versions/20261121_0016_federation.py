"""Room for federation."""

revision = "0016_federation"
down_revision = "0015_profiles"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
