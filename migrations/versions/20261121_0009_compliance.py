"""Tables of compliance."""

revision = "0009_compliance"
down_revision = "0008_ledger"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
