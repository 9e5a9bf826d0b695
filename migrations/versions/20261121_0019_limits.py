"""How often each caller came lately. Not kept through a crash, and of no tenant: the installation counts it."""

from alembic import op

from tenants import rls

revision = "0019_limits"
down_revision = "0018_tokens"


def upgrade() -> None:
    op.execute(
        """CREATE UNLOGGED TABLE platform.rate_windows (
            tenant_id uuid NOT NULL,
            caller text NOT NULL,
            opened_at timestamptz NOT NULL,
            used integer NOT NULL,
            CONSTRAINT pk_rate_windows PRIMARY KEY (tenant_id, caller)
        ) WITH (fillfactor = 50)"""
    )
    op.execute("CREATE INDEX ix_rate_windows_opened_at ON platform.rate_windows (opened_at)")
    rls.open_to_platform(op, "rate_windows")


def downgrade() -> None:
    op.execute("DROP TABLE platform.rate_windows")
