"""Reads of the chain module; the installation's own tables are read in a platform session."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.pagination import Page, Slice
from app.modules.chain.errors import NoDeployment
from app.modules.chain.models import (
    ChainAccount,
    ChainAttempt,
    ChainContract,
    ChainIntent,
    ChainLog,
    ChainTransaction,
    Deployment,
    DeploymentStep,
)
from app.modules.chain.rules import OPEN as OPEN
from tenants import context


def factory(session: Session, chain_id: int) -> ChainContract | None:
    """Return the tenant's factory on a chain, or None."""
    found = select(ChainContract).where(ChainContract.chain_id == chain_id, ChainContract.kind == "factory")
    return session.scalars(found).one_or_none()


def contracts(session: Session) -> list[ChainContract]:
    """Return every contract of the tenant, oldest first."""
    return list(session.scalars(select(ChainContract).order_by(ChainContract.created_at, ChainContract.id)))


def deal_names(session: Session) -> dict[UUID, str]:
    """Return the deals that have contracts, by id, as their tokens are called."""
    rows = session.execute(select(Deployment.deal_id, Deployment.spec["name"].astext))
    return {row.deal_id: row[1] for row in rows}


def intent(session: Session, intent_id: UUID, *, lock: bool = False) -> ChainIntent:
    """Return an intent."""
    key = (context.tenant_id(), intent_id)
    return session.get_one(ChainIntent, key, with_for_update=True if lock else None, populate_existing=lock)


def intent_by_key(session: Session, key: str) -> ChainIntent | None:
    """Return the intent with this key, or None."""
    return session.scalars(select(ChainIntent).where(ChainIntent.key == key)).one_or_none()


def intents_about(session: Session, subject_id: UUID) -> list[ChainIntent]:
    """Return what was asked of the chain about an investment or deal, oldest first."""
    found = select(ChainIntent).where(ChainIntent.subject_id == subject_id)
    return list(session.scalars(found.order_by(ChainIntent.created_at, ChainIntent.id)))


def attempts(session: Session, intent_id: UUID) -> list[ChainAttempt]:
    """Return an intent's signed attempts, newest first."""
    found = (
        select(ChainAttempt)
        .join(ChainTransaction, ChainTransaction.id == ChainAttempt.transaction_id)
        .where(ChainTransaction.intent_id == intent_id)
        .order_by(ChainAttempt.asked_at.desc(), ChainAttempt.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(found))


def transaction(session: Session, intent_id: UUID) -> ChainTransaction | None:
    """Return the nonce that an intent took and did not lose, or None."""
    live = select(ChainTransaction).where(ChainTransaction.intent_id == intent_id, ChainTransaction.state != "lost")
    return session.scalars(live).one_or_none()


def account(session: Session, chain_id: int, address: str, *, lock: bool = False) -> ChainAccount:
    """Return the row with the next nonce of an address."""
    key = (context.tenant_id(), chain_id, address)
    return session.get_one(ChainAccount, key, with_for_update=True if lock else None, populate_existing=lock)


def in_progress(session: Session, chain_id: int, sender: str) -> ChainTransaction | None:
    """Return the sender's transaction that has a nonce and that no node took yet, or None."""
    found = select(ChainTransaction).where(
        ChainTransaction.chain_id == chain_id,
        ChainTransaction.sender == sender,
        ChainTransaction.state == "in_progress",
    )
    return session.scalars(found).one_or_none()


def nonce_is_ours(session: Session, chain_id: int, sender: str, nonce: int) -> bool:
    """Tell whether one of our transactions holds or held a nonce of the sender."""
    found = select(ChainTransaction.id).where(
        ChainTransaction.chain_id == chain_id, ChainTransaction.sender == sender, ChainTransaction.nonce == nonce
    )
    return session.scalars(found).first() is not None


def log(session: Session, log_id: UUID) -> ChainLog:
    """Return an announced log."""
    return session.get_one(ChainLog, (context.tenant_id(), log_id))


def logs_about(session: Session, subject_id: UUID) -> list[ChainLog]:
    """Return what was announced about an investment or deal and not undone, in the chain's order."""
    found = select(ChainLog).where(ChainLog.subject_id == subject_id, ChainLog.state != "undone")
    ordered = found.order_by(ChainLog.block_number, ChainLog.log_index).execution_options(populate_existing=True)
    return list(session.scalars(ordered))


def undone_logs_about(session: Session, subject_id: UUID) -> list[ChainLog]:
    """Return what was announced about an investment or deal in blocks that were lost, in that branch's order."""
    found = select(ChainLog).where(ChainLog.subject_id == subject_id, ChainLog.state == "undone")
    ordered = found.order_by(ChainLog.block_number, ChainLog.log_index).execution_options(populate_existing=True)
    return list(session.scalars(ordered))


@dataclass(frozen=True)
class Progress:
    """A deployment and its steps, in order."""

    deployment: Deployment
    steps: Sequence[DeploymentStep]

    @property
    def state(self) -> str:
        return self.deployment.state

    @property
    def deal_id(self) -> UUID:
        return self.deployment.deal_id

    @property
    def current(self) -> DeploymentStep | None:
        """The first step that isn't done, or None."""
        return next((step for step in self.steps if step.state != "done"), None)


def deployment(session: Session, deployment_id: UUID, *, lock: bool = False) -> Progress:
    """Return a deployment."""
    key = (context.tenant_id(), deployment_id)
    row = session.get_one(Deployment, key, with_for_update=True if lock else None, populate_existing=lock)
    return Progress(row, _steps(session, row))


def deployment_of(session: Session, deal_id: UUID) -> Progress | None:
    """Return a deal's deployment, or None."""
    row = session.scalars(select(Deployment).where(Deployment.deal_id == deal_id)).one_or_none()
    return Progress(row, _steps(session, row)) if row else None


def deployed(session: Session, deal_id: UUID) -> Progress:
    """Return a deal's deployment. Raises NoDeployment."""
    found = deployment_of(session, deal_id)
    if found is None:
        raise NoDeployment
    return found


def deployments(session: Session, page: Page) -> Slice[Progress]:
    """Return the tenant's deployments with their steps, the newest first."""
    total = session.execute(select(func.count()).select_from(Deployment)).scalar_one()
    found = select(Deployment).order_by(Deployment.started_at.desc(), Deployment.id.desc())
    rows = session.scalars(found.limit(page.limit).offset(page.offset)).all()
    return Slice(items=[Progress(row, _steps(session, row)) for row in rows], total=total, page=page)


def _steps(session: Session, row: Deployment) -> list[DeploymentStep]:
    found = select(DeploymentStep).where(DeploymentStep.deployment_id == row.id).order_by(DeploymentStep.position)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def open_work(session: Session) -> list[tuple[UUID, str, UUID]]:
    """Return (tenant, kind, id) of unfinished intents and running deployments of all tenants (a platform session)."""
    by_itself = or_(ChainIntent.carried_by.is_(None), ChainIntent.alone)
    intents = select(ChainIntent.tenant_id, ChainIntent.id).where(ChainIntent.state.in_(OPEN), by_itself)
    running = select(Deployment.tenant_id, Deployment.id).where(Deployment.state == "running")
    ordered = session.execute(intents.order_by(ChainIntent.created_at, ChainIntent.id)).all()
    found = [(tenant_id, "intent", intent_id) for tenant_id, intent_id in ordered]
    return found + [(tenant_id, "deployment", row_id) for tenant_id, row_id in session.execute(running).all()]


def watched(session: Session, chain_id: int) -> dict[str, UUID]:
    """Return factory address → tenant of all tenants on a chain (a platform session)."""
    found = select(ChainContract.address, ChainContract.tenant_id).where(
        ChainContract.chain_id == chain_id, ChainContract.kind == "factory"
    )
    return {row.address: row.tenant_id for row in session.execute(found)}


def tenants_with_seen(session: Session, chain_id: int, *, upto: int) -> list[UUID]:
    """Return tenants that have seen logs in blocks up to `upto` which aren't marked final (a platform session)."""
    found = select(ChainLog.tenant_id).where(
        ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number <= upto
    )
    return list(session.scalars(found.distinct()))


def tenants_above(session: Session, chain_id: int, *, number: int) -> list[UUID]:
    """Return tenants that have seen logs in blocks above `number` (a platform session)."""
    found = select(ChainLog.tenant_id).where(
        ChainLog.chain_id == chain_id, ChainLog.state == "seen", ChainLog.block_number > number
    )
    return list(session.scalars(found.distinct()))
