"""What happened on the chain, and to the transactions and deployments we asked for."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class LogSeen:
    """A contract of the tenant announced `name` in a block at the head: a hint for people, never a reason to credit."""

    log_id: UUID
    name: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class LogFinal:
    """The block of a seen log is final. The only thing that moves money."""

    log_id: UUID
    name: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class LogUndone:
    """A reorganisation removed the block of a log that was seen but not final."""

    log_id: UUID
    name: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class LogLost:
    """The chain lost the final block of a log, and a person accepted that: what was booked because of it is undone."""

    log_id: UUID
    name: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class TransactionFinal:
    """The transaction of an intent succeeded, in a final block."""

    intent_id: UUID
    kind: str
    subject_id: UUID
    tx_hash: str


@dataclass(frozen=True, kw_only=True)
class TransactionFailed:
    """An intent will have no effect: the contract refused it, before it was sent or in a final block."""

    intent_id: UUID
    kind: str
    subject_id: UUID
    error: str


@dataclass(frozen=True, kw_only=True)
class TransactionStuck:
    """A transaction waits for a person. `why`: held (the signer), poor, fee-cap, or nonce-taken."""

    intent_id: UUID
    kind: str
    subject_id: UUID
    why: str


@dataclass(frozen=True, kw_only=True)
class DeploymentAdvanced:
    """A step of a deal's deployment is done: validate, token, sale, configure or activate."""

    deal_id: UUID
    step: str


@dataclass(frozen=True, kw_only=True)
class DeploymentFailed:
    """A step of a deal's deployment was refused; an admin can retry it."""

    deal_id: UUID
    step: str
    error: str


@dataclass(frozen=True, kw_only=True)
class DealDeployed:
    """The deal's token and sale stand on the chain in a final block, and the sale accepts escrows."""

    deal_id: UUID
    token: str
    sale: str
