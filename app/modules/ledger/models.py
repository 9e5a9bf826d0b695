"""Accounts, journals, postings, and the balances that follow from them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.orm import Base, Identified, SignedUnits, TenantScoped


class LedgerAccount(Identified, Base):
    """An account of one asset. `normal` is the side it grows on: debit, credit or either."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "owner_id", "asset", postgresql_nulls_not_distinct=True),
        UniqueConstraint("tenant_id", "id", "asset"),
        CheckConstraint("normal in ('debit', 'credit', 'either')", name="normal"),
    )

    kind: Mapped[str]
    owner_id: Mapped[UUID | None]
    asset: Mapped[str]
    normal: Mapped[str]


class LedgerJournal(Identified, Base):
    """A balanced set of postings, numbered and sealed to the one before it."""

    __tablename__ = "ledger_journals"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), UniqueConstraint("tenant_id", "number"))

    number: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    kind: Mapped[str]
    cause: Mapped[str]
    posted_at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class LedgerPosting(TenantScoped, Base):
    """One line of a journal: debit positive, credit negative, in base units."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "journal_id"], ["app.ledger_journals.tenant_id", "app.ledger_journals.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "account_id", "asset"],
            ["app.ledger_accounts.tenant_id", "app.ledger_accounts.id", "app.ledger_accounts.asset"],
        ),
    )

    journal_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    asset: Mapped[str]
    amount: Mapped[int] = mapped_column(SignedUnits)


class LedgerBalance(TenantScoped, Base):
    """The sum of an account's postings, kept in the transaction that posts; `ledger check` derives it again."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["app.ledger_accounts.tenant_id", "app.ledger_accounts.id"]),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    normal: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric)


class LedgerHead(TenantScoped, Base):
    """The newest journal of a tenant. Locked while one is added, which makes a tenant's journals one line."""

    __tablename__ = "ledger_heads"

    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
