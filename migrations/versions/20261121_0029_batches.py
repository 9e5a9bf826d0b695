"""Releases that go together in one transaction."""

revision = "0029_batches"
down_revision = "0028_sponsoring"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
