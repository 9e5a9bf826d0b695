"""A tenant's contracts, transactions, deployments and what its contracts announced; and the installation's cursor."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.modules.chain.rules import ENDED, OPEN
from tenants.orm import Base, BaseUnits, Identified, Platform, TenantScoped

INTENT_STATES = (*OPEN, *ENDED)
ATTEMPT_STATES = ("asked", "signed", "sent", "mined", "final", "replaced", "dropped", "refused")


class ChainContract(Identified, Base):
    """A contract of the tenant. `kind`: factory, token or sale."""

    __tablename__ = "chain_contracts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "chain_id", "address"),
        CheckConstraint("kind in ('factory', 'token', 'sale')", name="kind"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    address: Mapped[str]
    deal_id: Mapped[UUID | None]
    tx_hash: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class ChainAccount(TenantScoped, Base):
    """An address that we sign for, and the nonce of its next transaction. Locked while one is assigned."""

    __tablename__ = "chain_accounts"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    next_nonce: Mapped[int] = mapped_column(BigInteger)


class ChainIntent(Identified, Base):
    """Something that shall happen on the chain once. `key` makes asking twice harmless.

    `signer` names a key of the keystore; `after_id` is the intent that has to succeed before. `carried_by` is the one
    in whose transaction it goes together with others, until `alone` says that it goes in one of its own after all.
    """

    __tablename__ = "chain_intents"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint(f"state in {INTENT_STATES}", name="state"),
        CheckConstraint("carried_by is null or (carried_by <> id and kind = 'escrow.release')", name="carried"),
        CheckConstraint("carried_by is not null or not alone", name="alone"),
        ForeignKeyConstraint(["tenant_id", "carried_by"], ["app.chain_intents.tenant_id", "app.chain_intents.id"]),
    )

    key: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    after_id: Mapped[UUID | None]
    chain_id: Mapped[int] = mapped_column(BigInteger)
    signer: Mapped[str]
    target: Mapped[str]
    data: Mapped[str]
    value: Mapped[int] = mapped_column(BaseUnits)
    state: Mapped[str] = mapped_column(default="prepared")
    error: Mapped[str] = mapped_column(default="")
    tx_hash: Mapped[str] = mapped_column(default="")
    block_number: Mapped[int | None] = mapped_column(BigInteger)
    block_hash: Mapped[str] = mapped_column(default="")
    succeeded: Mapped[bool | None]
    gas_used: Mapped[int | None] = mapped_column(BigInteger)
    gas_price: Mapped[int | None] = mapped_column(BaseUnits)
    alert: Mapped[str] = mapped_column(default="")
    replans: Mapped[int] = mapped_column(default=0)
    cancel_asked_at: Mapped[datetime | None]
    carried_by: Mapped[UUID | None]
    alone: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def is_carried(self) -> bool:
        """Whether another intent's transaction does this one's work."""
        return self.carried_by is not None and not self.alone


class ChainTransaction(Identified, Base):
    """An intent's place in the order of its sender. Signed bytes for a nonce tie it to the intent for ever.

    `in_progress` until the node took its bytes, then `unconfirmed`, `done`, or `lost` to somebody else's transaction.
    At most one of a sender is in progress, and at most one of an intent isn't lost: the database keeps both.
    """

    __tablename__ = "chain_transactions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "chain_id", "sender", "nonce"),
        ForeignKeyConstraint(["tenant_id", "intent_id"], ["app.chain_intents.tenant_id", "app.chain_intents.id"]),
    )

    intent_id: Mapped[UUID]
    chain_id: Mapped[int] = mapped_column(BigInteger)
    sender: Mapped[str]
    nonce: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="in_progress")
    created_at: Mapped[datetime]


class ChainAttempt(Identified, Base):
    """What the signer is asked to sign, and its bytes, kept before they are first sent.

    A fee bump is another one at the same nonce; a `filler` sends nothing to oneself, so that a cancelled nonce is used.
    """

    __tablename__ = "chain_attempts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "tx_hash"),
        ForeignKeyConstraint(
            ["tenant_id", "transaction_id"], ["app.chain_transactions.tenant_id", "app.chain_transactions.id"]
        ),
    )

    transaction_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(default="effect")
    state: Mapped[str] = mapped_column(default="asked")
    reason: Mapped[str] = mapped_column(default="")
    tx_hash: Mapped[str | None]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    gas: Mapped[int] = mapped_column(BigInteger)
    max_fee: Mapped[int] = mapped_column(BaseUnits)
    priority_fee: Mapped[int] = mapped_column(BaseUnits)
    asked_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class ChainLog(Identified, Base):
    """What a contract of the tenant announced. `subject_id` is the investment or deal that it is about."""

    __tablename__ = "chain_logs"
    __table_args__ = (
        UniqueConstraint("tenant_id", "chain_id", "block_hash", "log_index"),
        CheckConstraint("state in ('seen', 'final', 'undone')", name="state"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_hash: Mapped[str]
    block_time: Mapped[datetime]
    log_index: Mapped[int]
    tx_hash: Mapped[str]
    address: Mapped[str]
    name: Mapped[str]
    subject_id: Mapped[UUID]
    args: Mapped[dict[str, Any]]
    state: Mapped[str]
    seen_at: Mapped[datetime]


class Deployment(Identified, Base):
    """How far a deal's contracts are."""

    __tablename__ = "chain_deployments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "deal_id"),
        CheckConstraint("state in ('running', 'failed', 'done')", name="state"),
    )

    deal_id: Mapped[UUID]
    chain_id: Mapped[int] = mapped_column(BigInteger)
    spec: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="running")
    token: Mapped[str] = mapped_column(default="")
    sale: Mapped[str] = mapped_column(default="")
    started_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeploymentStep(TenantScoped, Base):
    """One step of a deployment, with what it ended in."""

    __tablename__ = "chain_deployment_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "deployment_id"], ["app.chain_deployments.tenant_id", "app.chain_deployments.id"]
        ),
        CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="state"),
    )

    deployment_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    tx_hash: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]


class ChainNetwork(Platform, Base):
    """How far this installation has followed a chain, and which chain it was: the hash of its first block."""

    __tablename__ = "chain_networks"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    genesis_hash: Mapped[str]
    start_number: Mapped[int] = mapped_column(BigInteger)
    head_number: Mapped[int] = mapped_column(BigInteger)
    head_hash: Mapped[str]
    head_time: Mapped[datetime]
    final_number: Mapped[int] = mapped_column(BigInteger)
    trouble: Mapped[str] = mapped_column(default="")
    followed_at: Mapped[datetime]


class ChainBlock(Platform, Base):
    """A block on the followed branch that a reorganisation could still remove, and a few below."""

    __tablename__ = "chain_blocks"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[str]
    parent_hash: Mapped[str]
    time: Mapped[datetime]


class ChainInstallation(Platform, Base):
    """A contract of the whole installation (or a tenant's factory), with the signed bytes that made it.

    `gas_used` and `gas_price`, in wei, are the receipt's; unknown of what was sent before they were kept.
    """

    __tablename__ = "chain_installations"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    sender: Mapped[str]
    nonce: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    done: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[datetime]
    target: Mapped[str] = mapped_column(default="")
    data: Mapped[str] = mapped_column(default="")
    refusal: Mapped[str] = mapped_column(default="")
    gas: Mapped[int] = mapped_column(BigInteger, default=0)
    max_fee: Mapped[int] = mapped_column(BaseUnits, default=0)
    priority_fee: Mapped[int] = mapped_column(BaseUnits, default=0)
    gas_used: Mapped[int | None] = mapped_column(BigInteger)
    gas_price: Mapped[int | None] = mapped_column(BaseUnits)
