"""The chain's verbs: deploy a deal, prepare and ask for transactions, read what was announced."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from app.config import Settings
from app.core.permissions import Actor
from app.modules.chain import queries
from app.modules.chain.models import ChainIntent, ChainLog, Deployment
from app.modules.chain.rules import ZERO_ADDRESS as ZERO_ADDRESS
from app.modules.chain.rules import DealSpec as DealSpec
from app.modules.chain.rules import PreparedTransaction as PreparedTransaction


def start_deployment(
    session: Session, *, actor: Actor, deal_id: UUID, spec: DealSpec, now: datetime
) -> Deployment:
    """Begin to deploy a deal's token and sale; tasks do the steps. Asking again returns the one that exists.

    Ends in the event DealDeployed, or DeploymentFailed until somebody retries. Raises Forbidden, NoFactory.
    """


def deployment_of(session: Session, deal_id: UUID) -> Deployment | None:
    """Return a deal's deployment with its steps in order (`.steps`), or None."""


def retry_deployment(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deployment:
    """Try the failed step again. Raises Forbidden, NoDeployment, DeploymentNotFailed."""


def checked_address(text: str) -> str:
    """Return an address with its checksum (EIP-55). Raises InvalidAddress, also for a wrong checksum."""


def demo_address(user_id: UUID, settings: Settings) -> str:
    """Return the address of a person's demo wallet. Raises OnlyLocally anywhere but on the local chain."""


def log(session: Session, log_id: UUID) -> ChainLog:
    """Return an announced log."""


def explorer_url(chain_id: int, tx_hash: str) -> str:
    """Return where people can look a transaction up; empty on the local chain."""
