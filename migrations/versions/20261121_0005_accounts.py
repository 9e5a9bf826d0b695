"""Tables of accounts."""

revision = "0005_accounts"
down_revision = "0004_audit"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
