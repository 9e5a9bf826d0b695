"""Tables of chain."""

revision = "0010_chain"
down_revision = "0009_compliance"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
