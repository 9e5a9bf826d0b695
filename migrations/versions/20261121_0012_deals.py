"""Deals: offers, their life, their versions, and what stands in their rooms."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from tenants import rls
from tenants.orm import BaseUnits

revision = "0012_deals"
down_revision = "0011_escrow"

TABLES = (
    "deals",
    "deal_versions",
    "deal_comments",
    "deal_updates",
    "deal_questions",
    "deal_documents",
    "deal_investors",
)
STATUSES = (
    "'draft', 'submitted', 'changes_requested', 'approved', 'opening', 'scheduled', 'open', 'paused', "
    "'funded', 'failed', 'closed', 'cancelled'"
)
KINDS = "'equity', 'debt', 'token', 'fund', 'real_estate', 'revenue_share'"
REGIMES = "'none', 'ecspr', 'reg_cf', '506b', '506c', 'reg_s'"
LISTS = ("story", "terms", "eligible_countries", "blocked_countries")
INSTANTS = ("created_at", "changed_at", "status_at")
OF_DEAL = (["tenant_id", "deal_id"], ["app.deals.tenant_id", "app.deals.id"])
WORDS = "title || ' ' || summary || ' ' || issuer_name || ' ' || location || ' ' || sector"

# The service's table of steps once more, for whoever writes past the service.
STEPS = (
    ("draft", "submitted"),
    ("changes_requested", "submitted"),
    ("submitted", "draft"),
    ("submitted", "changes_requested"),
    ("submitted", "approved"),
    ("approved", "changes_requested"),
    ("approved", "opening"),
    ("opening", "scheduled"),
    ("opening", "open"),
    ("scheduled", "open"),
    ("open", "paused"),
    ("paused", "open"),
    ("open", "funded"),
    ("open", "failed"),
    ("paused", "funded"),
    ("paused", "failed"),
    ("funded", "closed"),
    ("failed", "closed"),
    ("draft", "cancelled"),
    ("changes_requested", "cancelled"),
    ("approved", "cancelled"),
    ("scheduled", "cancelled"),
    ("open", "cancelled"),
    ("paused", "cancelled"),
)
GUARD = """
CREATE FUNCTION app.check_deal_step() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'a deal begins as a draft' USING ERRCODE = 'check_violation'; END IF;
  ELSIF (OLD.status, NEW.status) NOT IN (%s) THEN
    RAISE EXCEPTION 'a deal can''t go from %% to %%', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _deals()
    _life()
    _room()
    pairs = ", ".join(f"('{before}', '{after}')" for before, after in STEPS)
    op.execute(GUARD % pairs)
    op.execute(
        "CREATE TRIGGER deal_step BEFORE UPDATE OF status ON app.deals FOR EACH ROW "
        "WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION app.check_deal_step()"
    )
    op.execute(
        "CREATE TRIGGER deal_begin BEFORE INSERT ON app.deals FOR EACH ROW EXECUTE FUNCTION app.check_deal_step()"
    )
    for table in TABLES:
        rls.protect(op, table)
    rls.protect(op, "deal_steps", append_only=True)


def _deals() -> None:
    def text(name: str, **options: Any) -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False, **options)

    op.create_table(
        "deals",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issuer_id", sa.Uuid, nullable=False),
        *(text(name) for name in ("kind", "slug", "title", "summary", "issuer_name", "location", "sector", "regime")),
        sa.Column("form", JSONB, nullable=False),
        sa.Column("form_version", sa.Integer, nullable=False),
        *(sa.Column(name, JSONB, nullable=False) for name in LISTS),
        text("asset_code"),
        sa.Column("asset_decimals", sa.Integer, nullable=False),
        sa.Column("asset_display_decimals", sa.Integer, nullable=False),
        sa.Column("chain_id", sa.Integer, nullable=False),
        sa.Column("asset_contract", sa.Text),
        text("proceeds_address"),
        text("token_symbol"),
        *(sa.Column(name, BaseUnits) for name in ("unit_price", "min_ticket", "max_ticket", "soft_cap", "hard_cap")),
        sa.Column("opens_at", sa.DateTime(timezone=True)),
        sa.Column("closes_at", sa.DateTime(timezone=True)),
        text("cover_kind"),
        sa.Column("cover_document_id", sa.Uuid),
        sa.Column("featured", sa.Boolean, nullable=False),
        text("status"),
        sa.Column("raised", BaseUnits, nullable=False),
        sa.Column("reserved", BaseUnits, nullable=False),
        sa.Column("investors_count", sa.Integer, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in INSTANTS),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("search", TSVECTOR, sa.Computed(f"to_tsvector('simple', {WORDS})", persisted=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_deals"),
        sa.UniqueConstraint("tenant_id", "slug", name="uq_deals_tenant_id_slug"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "issuer_id"], ["app.users.tenant_id", "app.users.id"], name="fk_deals_issuer_id"
        ),
        sa.CheckConstraint(f"status in ({STATUSES})", name="ck_deals_status"),
        sa.CheckConstraint(f"kind in ({KINDS})", name="ck_deals_kind"),
        sa.CheckConstraint(f"regime in ({REGIMES})", name="ck_deals_regime"),
        sa.CheckConstraint("raised + reserved <= coalesce(hard_cap, 0)", name="ck_deals_within_hard_cap"),
        sa.CheckConstraint("soft_cap <= hard_cap", name="ck_deals_caps"),
        sa.CheckConstraint("investors_count >= 0", name="ck_deals_investors_count"),
        sa.CheckConstraint(
            "status in ('draft', 'changes_requested', 'cancelled') OR (hard_cap > 0 AND unit_price > 0 "
            "AND min_ticket > 0 AND soft_cap > 0 AND closes_at IS NOT NULL)",
            name="ck_deals_complete",
        ),
        schema="app",
    )
    op.create_index("ix_deals_issuer_id", "deals", ["tenant_id", "issuer_id"], schema="app")
    op.create_index("ix_deals_status", "deals", ["tenant_id", "status", sa.text("opened_at DESC"), "id"], schema="app")
    # One order for the list of everybody: the index gives its first page without sorting.
    op.create_index(
        "ix_deals_listed",
        "deals",
        ["tenant_id", sa.text("opened_at DESC NULLS FIRST"), "id"],
        schema="app",
        postgresql_where=sa.text("status IN ('open', 'scheduled', 'paused', 'funded', 'failed', 'closed')"),
    )


def _of_deal(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(*OF_DEAL, name=f"fk_{table}_deal_id"),
        schema="app",
    )
    op.create_index(f"ix_{table}_deal_id", table, ["tenant_id", "deal_id", "id"], schema="app")


def _life() -> None:
    _of_deal(
        "deal_steps",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("verb", "from_status", "to_status")),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    _of_deal(
        "deal_versions",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("form", JSONB, nullable=False),
        sa.Column("submitted_by", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("checks", JSONB, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )
    op.create_unique_constraint(
        "uq_deal_versions_tenant_id_deal_id_number", "deal_versions", ["tenant_id", "deal_id", "number"], schema="app"
    )
    _of_deal(
        "deal_comments",
        sa.Column("author_id", sa.Uuid),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("is_reviewer", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _room() -> None:
    texts = {"deal_updates": ("author_name", "title", "body"), "deal_questions": ("question", "answer")}
    for table, words in texts.items():
        _of_deal(
            table,
            *(sa.Column(name, sa.Text, nullable=False) for name in words),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        )
    op.create_table(
        "deal_documents",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "deal_id", "document_id", name="pk_deal_documents"),
        sa.ForeignKeyConstraint(*OF_DEAL, name="fk_deal_documents_deal_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["app.documents.tenant_id", "app.documents.id"],
            name="fk_deal_documents_document_id",
        ),
        sa.CheckConstraint(
            "access in ('public', 'registered', 'verified', 'invested')", name="ck_deal_documents_access"
        ),
        schema="app",
    )
    op.create_table(
        "deal_investors",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("amount", BaseUnits, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "deal_id", "user_id", name="pk_deal_investors"),
        sa.ForeignKeyConstraint(*OF_DEAL, name="fk_deal_investors_deal_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"], name="fk_deal_investors_user_id"
        ),
        schema="app",
    )


def downgrade() -> None:
    for table in ("deal_steps", *reversed(TABLES)):
        op.drop_table(table, schema="app")
    op.execute("DROP FUNCTION app.check_deal_step()")
