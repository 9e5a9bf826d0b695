"""Sessions of providers."""

revision = "0031_access"
down_revision = "0030_following"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
