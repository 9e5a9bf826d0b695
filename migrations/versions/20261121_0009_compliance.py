"""Verification: cases, the documents sent for them, checks, and the trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0009_compliance"
down_revision = "0008_ledger"

USERS = ["app.users.tenant_id", "app.users.id"]
CASES = ["app.verification_cases.tenant_id", "app.verification_cases.id"]


def upgrade() -> None:
    op.create_table(
        "verification_cases",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("declared", JSONB, nullable=False),
        sa.Column("reopened", JSONB, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_verification_cases"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_verification_cases_number"),
        sa.ForeignKeyConstraint(["tenant_id", "user_id"], USERS, name="fk_verification_cases_user_id"),
        sa.ForeignKeyConstraint(["tenant_id", "decided_by"], USERS, name="fk_verification_cases_decided_by"),
        sa.CheckConstraint("level in ('standard', 'enhanced', 'accredited')", name="ck_verification_cases_level"),
        sa.CheckConstraint(
            "status in ('collecting', 'submitted', 'needs_more', 'approved', 'rejected')",
            name="ck_verification_cases_status",
        ),
        sa.CheckConstraint(
            "status <> 'approved' or (decided_at is not null and expires_at is not null)",
            name="ck_verification_cases_approved",
        ),
        sa.CheckConstraint("decided_by is null or decided_by <> user_id", name="ck_verification_cases_not_by_oneself"),
        schema="app",
    )
    op.create_index(
        "uq_verification_cases_one_open",
        "verification_cases",
        ["tenant_id", "user_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("status in ('collecting', 'submitted', 'needs_more')"),
    )
    op.create_index("ix_verification_cases_user_id", "verification_cases", ["tenant_id", "user_id"], schema="app")
    op.create_index(
        "ix_verification_cases_queue", "verification_cases", ["tenant_id", "status", "submitted_at"], schema="app"
    )
    _documents()
    _checks()
    _trail()
    for table in ("verification_cases", "verification_documents", "verification_checks"):
        rls.protect(op, table)
    rls.protect(op, "verification_trail", append_only=True)


def _documents() -> None:
    op.create_table(
        "verification_documents",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_verification_documents"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], CASES, name="fk_verification_documents_case_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["app.documents.tenant_id", "app.documents.id"],
            name="fk_verification_documents_document_id",
        ),
        sa.CheckConstraint("status in ('received', 'accepted', 'refused')", name="ck_verification_documents_status"),
        schema="app",
    )
    op.create_index(
        "ix_verification_documents_case_id", "verification_documents", ["tenant_id", "case_id"], schema="app"
    )


def _checks() -> None:
    op.create_table(
        "verification_checks",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("checked_by", sa.Uuid),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_verification_checks"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], CASES, name="fk_verification_checks_case_id"),
        sa.ForeignKeyConstraint(["tenant_id", "checked_by"], USERS, name="fk_verification_checks_checked_by"),
        sa.CheckConstraint(
            "outcome in ('clear', 'open', 'cleared', 'confirmed')", name="ck_verification_checks_outcome"
        ),
        schema="app",
    )
    op.create_index("ix_verification_checks_case_id", "verification_checks", ["tenant_id", "case_id"], schema="app")


def _trail() -> None:
    op.create_table(
        "verification_trail",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_verification_trail"),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], CASES, name="fk_verification_trail_case_id"),
        schema="app",
    )
    op.create_index("ix_verification_trail_case_id", "verification_trail", ["tenant_id", "case_id", "at"], schema="app")


def downgrade() -> None:
    for table in ("verification_trail", "verification_checks", "verification_documents", "verification_cases"):
        op.drop_table(table, schema="app")
