"""Tables of investments."""

revision = "0013_investments"
down_revision = "0012_deals"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
