"""Tables of documents."""

revision = "0006_documents"
down_revision = "0005_accounts"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
