"""Tables of audit."""

revision = "0004_audit"
down_revision = "0003_outbox"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
