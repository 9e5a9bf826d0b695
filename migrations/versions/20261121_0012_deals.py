"""Tables of deals."""

revision = "0012_deals"
down_revision = "0011_escrow"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
