"""Tables of escrow."""

revision = "0011_escrow"
down_revision = "0010_chain"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
