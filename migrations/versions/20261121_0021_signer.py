"""Transactions with a life, and what the signer may see, answer and remember."""

import sqlalchemy as sa
from alembic import op

from tenants import rls
from tenants.orm import BaseUnits

revision = "0021_signer"
down_revision = "0020_webhooks"

_OLD_STATES = "('prepared', 'signed', 'broadcast', 'mined', 'final', 'reverted', 'refused')"
_STATES = (
    "('prepared', 'signed', 'broadcast', 'mined', 'confirmed', 'final', 'reverted', 'refused', 'cancelled', 'replaced')"
)
_OPEN = "state in ('prepared', 'signed', 'broadcast', 'mined', 'confirmed')"
_OLD_OPEN = "state in ('prepared', 'signed', 'broadcast', 'mined')"
_ATTEMPT_STATES = "('asked', 'signed', 'sent', 'mined', 'final', 'replaced', 'dropped', 'refused')"
SIGNER_TABLES = ("signer_keys", "signer_state", "signer_limits", "signer_recipients", "signer_decisions")


def upgrade() -> None:
    _intents()
    _transactions()
    _attempts()
    _installations()
    _signer_tables()
    rls.open_to_signer(op, "chain_intents")
    rls.open_to_signer(op, "chain_transactions")
    rls.open_to_signer(op, "chain_accounts")
    rls.open_to_signer(op, "chain_contracts")
    rls.open_to_signer(op, "chain_logs")
    rls.open_to_signer(op, "chain_attempts", update=("raw", "tx_hash", "state", "reason", "signed_at"))
    op.execute("GRANT SELECT, UPDATE (raw, tx_hash, refusal, signed_at) ON platform.chain_installations TO app_signer")
    op.execute("GRANT SELECT, UPDATE (address, made_at) ON platform.signer_keys TO app_signer")
    op.execute("GRANT SELECT, UPDATE (seen_at) ON platform.signer_state TO app_signer")
    op.execute("GRANT SELECT ON platform.signer_limits TO app_signer")
    op.execute("GRANT SELECT, INSERT ON platform.signer_recipients TO app_signer")
    op.execute("GRANT SELECT, INSERT ON platform.signer_decisions TO app_signer")


def _intents() -> None:
    _check("chain_intents", f"state in {_STATES}")
    op.add_column("chain_intents", sa.Column("alert", sa.Text, nullable=False, server_default=""), schema="app")
    op.add_column("chain_intents", sa.Column("replans", sa.Integer, nullable=False, server_default="0"), schema="app")
    op.add_column("chain_intents", sa.Column("cancel_asked_at", sa.DateTime(timezone=True)), schema="app")
    _open_index(_OPEN)


def _transactions() -> None:
    state = sa.Column("state", sa.Text, nullable=False, server_default="unconfirmed")
    op.add_column("chain_transactions", state, schema="app")
    op.create_check_constraint(
        "ck_chain_transactions_state",
        "chain_transactions",
        "state in ('in_progress', 'unconfirmed', 'done', 'lost')",
        schema="app",
    )
    op.drop_constraint("uq_chain_transactions_tenant_id_intent_id", "chain_transactions", schema="app")
    op.create_index(
        "uq_chain_transactions_live",
        "chain_transactions",
        ["tenant_id", "intent_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state <> 'lost'"),
    )
    op.create_index(
        "uq_chain_transactions_in_progress",
        "chain_transactions",
        ["tenant_id", "chain_id", "sender"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state = 'in_progress'"),
    )


def _attempts() -> None:
    for column in (
        sa.Column("state", sa.Text, nullable=False, server_default="sent"),
        sa.Column("purpose", sa.Text, nullable=False, server_default="effect"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    ):
        op.add_column("chain_attempts", column, schema="app")
    op.execute("ALTER TABLE app.chain_attempts NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE app.chain_attempts SET asked_at = signed_at")
    op.execute("ALTER TABLE app.chain_attempts FORCE ROW LEVEL SECURITY")
    for name in ("tx_hash", "raw", "signed_at"):
        op.alter_column("chain_attempts", name, nullable=True, schema="app")
    op.create_check_constraint("ck_chain_attempts_state", "chain_attempts", f"state in {_ATTEMPT_STATES}", schema="app")
    op.create_check_constraint(
        "ck_chain_attempts_purpose", "chain_attempts", "purpose in ('effect', 'filler')", schema="app"
    )
    op.create_check_constraint(
        "ck_chain_attempts_signed",
        "chain_attempts",
        "state in ('asked', 'refused') or (raw is not null and tx_hash is not null and signed_at is not null)",
        schema="app",
    )
    op.create_index(
        "ix_chain_attempts_asked",
        "chain_attempts",
        ["tenant_id", "asked_at"],
        schema="app",
        postgresql_where=sa.text("state = 'asked'"),
    )


def _installations() -> None:
    for name in ("target", "data", "refusal"):
        column = sa.Column(name, sa.Text, nullable=False, server_default="")
        op.add_column("chain_installations", column, schema="platform")
    for name, kind in (("gas", sa.BigInteger), ("max_fee", BaseUnits), ("priority_fee", BaseUnits)):
        op.add_column(
            "chain_installations", sa.Column(name, kind, nullable=False, server_default="0"), schema="platform"
        )


def _signer_tables() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "signer_keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, server_default=""),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("made_at", instant),
        schema="platform",
    )
    op.create_table(
        "signer_state",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1", name="ck_signer_state_one"), primary_key=True),
        sa.Column("halted", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", instant),
        sa.Column("seen_at", instant),
        schema="platform",
    )
    op.execute("INSERT INTO platform.signer_state VALUES (1, false, '', '', null, null)")
    op.create_table(
        "signer_limits",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("each_one", BaseUnits, nullable=False),
        sa.Column("an_hour", BaseUnits, nullable=False),
        sa.Column("a_day", BaseUnits, nullable=False),
        schema="platform",
    )
    op.create_table(
        "signer_recipients",
        sa.Column("tenant_id", sa.Uuid, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("seen_at", instant, nullable=False),
        sa.Column("allowed_at", instant),
        schema="platform",
    )
    op.create_table(
        "signer_decisions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", instant, nullable=False),
        sa.Column("tenant_id", sa.Uuid),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("key_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("cost", BaseUnits, nullable=False),
        sa.Column("tx_hash", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("verdict in ('signed', 'refused', 'held')", name="ck_signer_decisions_verdict"),
        schema="platform",
    )
    op.create_index("ix_signer_decisions_use", "signer_decisions", ["chain_id", "verdict", "at"], schema="platform")
    for table in SIGNER_TABLES[:-1]:
        rls.open_to_platform(op, table)
    op.execute("GRANT SELECT ON platform.signer_decisions TO app_platform")


def _check(table: str, rule: str) -> None:
    op.drop_constraint(f"ck_{table}_state", table, schema="app", type_="check")
    op.create_check_constraint(f"ck_{table}_state", table, rule, schema="app")


def _open_index(rule: str) -> None:
    op.drop_index("ix_chain_intents_open", "chain_intents", schema="app")
    op.create_index(
        "ix_chain_intents_open",
        "chain_intents",
        ["tenant_id", "created_at"],
        schema="app",
        postgresql_where=sa.text(rule),
    )


def downgrade() -> None:
    for table in reversed(SIGNER_TABLES):
        op.drop_table(table, schema="platform")
    for name in ("priority_fee", "max_fee", "gas", "refusal", "data", "target"):
        op.drop_column("chain_installations", name, schema="platform")
    op.drop_index("ix_chain_attempts_asked", "chain_attempts", schema="app")
    for name in ("signed", "purpose", "state"):
        op.drop_constraint(f"ck_chain_attempts_{name}", "chain_attempts", schema="app", type_="check")
    for name in ("asked_at", "reason", "purpose", "state"):
        op.drop_column("chain_attempts", name, schema="app")
    for index in ("in_progress", "live"):
        op.drop_index(f"uq_chain_transactions_{index}", "chain_transactions", schema="app")
    op.create_unique_constraint(
        "uq_chain_transactions_tenant_id_intent_id", "chain_transactions", ["tenant_id", "intent_id"], schema="app"
    )
    op.drop_column("chain_transactions", "state", schema="app")
    _open_index(_OLD_OPEN)
    for name in ("cancel_asked_at", "replans", "alert"):
        op.drop_column("chain_intents", name, schema="app")
    _check("chain_intents", f"state in {_OLD_STATES}")
    for table in ("chain_intents", "chain_transactions", "chain_accounts", "chain_contracts", "chain_logs"):
        op.execute(f"DROP POLICY signer_read ON app.{table}")
        op.execute(f"REVOKE ALL ON app.{table} FROM app_signer")
    for policy in ("signer_read", "signer_answer"):
        op.execute(f"DROP POLICY {policy} ON app.chain_attempts")
    op.execute("REVOKE ALL ON app.chain_attempts FROM app_signer")
    op.execute("REVOKE ALL ON platform.chain_installations FROM app_signer")
