"""Tables of ledger."""

revision = "0008_ledger"
down_revision = "0007_notifications"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
