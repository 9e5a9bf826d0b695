"""Wallets that people showed to be theirs, and the messages by which they showed it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0017_wallets"
down_revision = "0016_federation"

OF_USER = (["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _row() -> list[sa.Column[Any]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def upgrade() -> None:
    op.create_table(
        "wallets",
        *_row(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        *(_text(name) for name in ("address", "kind", "label")),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        _instant("linked_at"),
        _instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_wallets"),
        sa.UniqueConstraint("tenant_id", "address", name="uq_wallets_tenant_id_address"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_wallets_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('key', 'contract')", name="ck_wallets_kind"),
        schema="app",
    )
    op.create_index("ix_wallets_user_id", "wallets", ["tenant_id", "user_id"], schema="app")
    op.create_index(
        "uq_wallets_default",
        "wallets",
        ["tenant_id", "user_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "wallet_challenges",
        *_row(),
        _text("purpose"),
        sa.Column("user_id", sa.Uuid),
        sa.Column("browser_hash", sa.LargeBinary, nullable=False),
        *(_text(name) for name in ("address", "message", "state", "signature", "kind", "trouble", "goal")),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        _instant("issued_at"),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_wallet_challenges"),
        sa.ForeignKeyConstraint(*OF_USER, name="fk_wallet_challenges_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("purpose in ('link', 'sign-in')", name="ck_wallet_challenges_purpose"),
        sa.CheckConstraint(
            "state in ('asked', 'checking', 'proved', 'refused', 'used')", name="ck_wallet_challenges_state"
        ),
        sa.CheckConstraint("(purpose = 'link') = (user_id IS NOT NULL)", name="ck_wallet_challenges_user"),
        schema="app",
    )
    op.create_index("ix_wallet_challenges_expires_at", "wallet_challenges", ["tenant_id", "expires_at"], schema="app")
    rls.protect(op, "wallets")
    rls.protect(op, "wallet_challenges")


def downgrade() -> None:
    op.drop_table("wallet_challenges", schema="app")
    op.drop_table("wallets", schema="app")
