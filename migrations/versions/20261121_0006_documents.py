"""Records of stored files, and the log of who opened them."""

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0006_documents"
down_revision = "0005_accounts"

LEVELS = "access in ('public', 'registered', 'verified', 'invested', 'private')"


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("series_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("owner_id", sa.Uuid),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_documents"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["app.users.tenant_id", "app.users.id"], name="fk_documents_owner_id"
        ),
        sa.UniqueConstraint("tenant_id", "series_id", "version", name="uq_documents_series_id"),
        sa.CheckConstraint(LEVELS, name="ck_documents_access"),
        sa.CheckConstraint("size > 0 and version > 0", name="ck_documents_positive"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="ck_documents_sha256"),
        schema="app",
    )
    op.create_index("ix_documents_subject", "documents", ["tenant_id", "subject_kind", "subject_id"], schema="app")
    op.create_index("ix_documents_owner_id", "documents", ["tenant_id", "owner_id"], schema="app")
    op.create_table(
        "document_openings",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("opener_id", sa.Uuid),
        sa.Column("opener_name", sa.Text, nullable=False),
        sa.Column("remote", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_document_openings"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["app.documents.tenant_id", "app.documents.id"],
            name="fk_document_openings_document_id",
        ),
        schema="app",
    )
    op.create_index(
        "ix_document_openings_document_id", "document_openings", ["tenant_id", "document_id", "opened_at"], schema="app"
    )
    rls.protect(op, "documents")
    rls.protect(op, "document_openings", append_only=True)


def downgrade() -> None:
    op.drop_table("document_openings", schema="app")
    op.drop_table("documents", schema="app")
