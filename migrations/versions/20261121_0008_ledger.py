"""The ledger: accounts, sealed journals, postings that balance, and the balances that follow."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import SignedUnits

revision = "0008_ledger"
down_revision = "0007_notifications"

# Postings are written one by one, so the sum can only be asked for when the transaction ends.
BALANCED = """
CREATE FUNCTION app.ledger_must_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = app, pg_catalog AS $$
DECLARE
  wanted uuid := CASE WHEN TG_TABLE_NAME = 'ledger_journals' THEN to_jsonb(NEW) ->> 'id'
                      ELSE to_jsonb(NEW) ->> 'journal_id' END;
  offence text;
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_postings p WHERE p.tenant_id = NEW.tenant_id AND p.journal_id = wanted) THEN
    RAISE EXCEPTION 'journal % has no postings', wanted USING ERRCODE = 'check_violation';
  END IF;
  SELECT format('%s adds up to %s in %s postings', p.asset, sum(p.amount), count(*)) INTO offence
    FROM ledger_postings p WHERE p.tenant_id = NEW.tenant_id AND p.journal_id = wanted
    GROUP BY p.asset HAVING sum(p.amount) <> 0 OR count(*) < 2 LIMIT 1;
  IF offence IS NOT NULL THEN
    RAISE EXCEPTION 'journal % does not balance: %', wanted, offence USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""

# The grants say it too; the trigger holds for the owner and for whoever is given more one day.
UNCHANGEABLE = """
CREATE FUNCTION app.ledger_never_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = app, pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: post a journal that reverses', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$
"""

APPEND_ONLY = ("ledger_accounts", "ledger_journals", "ledger_postings")


def upgrade() -> None:
    _accounts()
    _journals()
    _balances()
    op.execute(BALANCED)
    op.execute(UNCHANGEABLE)
    for table in ("ledger_journals", "ledger_postings"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER must_balance AFTER INSERT ON app.{table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION app.ledger_must_balance()"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON app.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION app.ledger_never_changes()"
        )
        rls.protect(op, table, append_only=True)
    rls.protect(op, "ledger_balances")
    rls.protect(op, "ledger_heads")


def _accounts() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Uuid),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("normal", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_ledger_accounts"),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "owner_id",
            "asset",
            name="uq_ledger_accounts_tenant_id_kind_owner_id_asset",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("tenant_id", "id", "asset", name="uq_ledger_accounts_tenant_id_id_asset"),
        sa.UniqueConstraint("tenant_id", "id", "normal", name="uq_ledger_accounts_tenant_id_id_normal"),
        sa.CheckConstraint("normal in ('debit', 'credit', 'either')", name="ck_ledger_accounts_normal"),
        schema="app",
    )


def _journals() -> None:
    op.create_table(
        "ledger_journals",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_ledger_journals"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_ledger_journals_tenant_id_key"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_ledger_journals_tenant_id_number"),
        schema="app",
    )
    op.create_table(
        "ledger_postings",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("journal_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("amount", SignedUnits, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "journal_id", "number", name="pk_ledger_postings"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "journal_id"],
            ["app.ledger_journals.tenant_id", "app.ledger_journals.id"],
            name="fk_ledger_postings_journal_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id", "asset"],
            ["app.ledger_accounts.tenant_id", "app.ledger_accounts.id", "app.ledger_accounts.asset"],
            name="fk_ledger_postings_account_id_asset",
        ),
        schema="app",
    )
    op.create_index("ix_ledger_postings_account", "ledger_postings", ["tenant_id", "account_id"], schema="app")


def _balances() -> None:
    op.create_table(
        "ledger_balances",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("normal", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name="pk_ledger_balances"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id", "normal"],
            ["app.ledger_accounts.tenant_id", "app.ledger_accounts.id", "app.ledger_accounts.normal"],
            name="fk_ledger_balances_account_id_normal",
        ),
        sa.CheckConstraint(
            "amount <> 'NaN'::numeric AND scale(amount) = 0 AND "
            "(normal = 'either' OR normal = 'debit' AND amount >= 0 OR normal = 'credit' AND amount <= 0)",
            name="ck_ledger_balances_side",
        ),
        schema="app",
    )
    op.create_table(
        "ledger_heads",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_ledger_heads"),
        schema="app",
    )


def downgrade() -> None:
    for table in ("ledger_heads", "ledger_balances", "ledger_postings", "ledger_journals", "ledger_accounts"):
        op.drop_table(table, schema="app")
    op.execute("DROP FUNCTION app.ledger_never_changes()")
    op.execute("DROP FUNCTION app.ledger_must_balance()")
