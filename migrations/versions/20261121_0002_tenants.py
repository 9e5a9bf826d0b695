"""The register of tenants, their hosts, brands and features."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0002_tenants"
down_revision = "0001_foundation"


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("settings", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("slug", name="uq_tenants_slug"),
        sa.CheckConstraint("status in ('active', 'suspended', 'closed')", name="ck_tenants_status"),
        sa.CheckConstraint("kind in ('site', 'installation')", name="ck_tenants_kind"),
        schema="platform",
    )
    op.create_table(
        "domains",
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("host", name="pk_domains"),
        sa.ForeignKeyConstraint(["tenant_id"], ["platform.tenants.id"], name="fk_domains_tenant_id"),
        sa.CheckConstraint("kind in ('primary', 'serve', 'redirect')", name="ck_domains_kind"),
        sa.CheckConstraint("host = lower(host)", name="ck_domains_host_lower"),
        schema="platform",
    )
    op.create_index("ix_domains_tenant_id", "domains", ["tenant_id"], schema="platform")
    rls.open_to_platform(op, "tenants")
    rls.open_to_platform(op, "domains")
    op.create_table(
        "brandings",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("choices", JSONB, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_brandings"),
        schema="app",
    )
    op.create_table(
        "features",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_features"),
        schema="app",
    )
    rls.protect(op, "brandings", platform="read")
    rls.protect(op, "features", platform="read")


def downgrade() -> None:
    op.drop_table("features", schema="app")
    op.drop_table("brandings", schema="app")
    op.drop_table("domains", schema="platform")
    op.drop_table("tenants", schema="platform")
