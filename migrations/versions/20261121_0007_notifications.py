"""What people were told: notices in the application, mails, and wishes about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants import rls

revision = "0007_notifications"
down_revision = "0006_documents"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", JSONB, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notices"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_notices_user_id"),
        sa.CheckConstraint("url like '/%'", name="ck_notices_url_is_local"),
        schema="app",
    )
    op.create_index("ix_notices_user_id", "notices", ["tenant_id", "user_id", "created_at"], schema="app")
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["tenant_id", "user_id"],
        schema="app",
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_table(
        "mails",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", JSONB, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("token_kind", sa.Text),
        sa.Column("token_id", sa.Uuid),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_mails"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_mails_user_id"),
        sa.CheckConstraint("state in ('queued', 'sent')", name="ck_mails_state"),
        sa.CheckConstraint("url = '' or url like '/%'", name="ck_mails_url_is_local"),
        sa.CheckConstraint("(token_kind is null) = (token_id is null)", name="ck_mails_token"),
        schema="app",
    )
    op.create_index("ix_mails_created_at", "mails", ["tenant_id", "created_at"], schema="app")
    op.create_index("ix_mails_user_id", "mails", ["tenant_id", "user_id"], schema="app")
    op.create_table(
        "notice_wishes",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("by_mail", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "topic", name="pk_notice_wishes"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_notice_wishes_user_id"),
        schema="app",
    )
    for table in ("notices", "mails", "notice_wishes"):
        rls.protect(op, table)


def downgrade() -> None:
    for table in ("notice_wishes", "mails", "notices"):
        op.drop_table(table, schema="app")
