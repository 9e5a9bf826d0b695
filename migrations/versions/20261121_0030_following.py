"""What was left of following the chain."""

revision = "0030_following"
down_revision = "0029_batches"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
