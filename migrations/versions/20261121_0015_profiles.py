"""What people say about themselves, sealed, and in whose name they invest."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0015_profiles"
down_revision = "0014_factors"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def upgrade() -> None:
    op.create_table(
        "personal_data",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_personal_data"),
        sa.UniqueConstraint("tenant_id", "user_id", name="uq_personal_data_tenant_id_user_id"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_personal_data_user_id", ondelete="CASCADE"),
        schema="app",
    )
    op.create_table(
        "investor_profiles",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_investor_profiles"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_investor_profiles_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('joint', 'company', 'trust')", name="ck_investor_profiles_kind"),
        schema="app",
    )
    op.create_index("ix_investor_profiles_user_id", "investor_profiles", ["tenant_id", "user_id"], schema="app")
    for table in ("personal_data", "investor_profiles"):
        rls.protect(op, table)


def downgrade() -> None:
    for table in ("investor_profiles", "personal_data"):
        op.drop_table(table, schema="app")
