"""Tables of notifications."""

revision = "0007_notifications"
down_revision = "0006_documents"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
