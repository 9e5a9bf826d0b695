"""The chain's verbs: deploy a deal, prepare transactions for wallets, ask for our own, read what was announced."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import jobs
from app.core.permissions import Actor
from app.integrations.chain import contracts
from app.integrations.chain.networks import network
from app.modules.audit import service as audit
from app.modules.chain import queries, rules
from app.modules.chain.errors import DeploymentNotFailed, InvalidAddress, NoDeployment, NoFactory
from app.modules.chain.errors import OnlyLocally as OnlyLocally
from app.modules.chain.models import ChainIntent as ChainIntent
from app.modules.chain.models import ChainLog as ChainLog
from app.modules.chain.models import ChainNetwork, Deployment, DeploymentStep
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries import Progress as Progress
from app.modules.chain.rules import WITHOUT_EFFECT as WITHOUT_EFFECT
from app.modules.chain.rules import ZERO_ADDRESS as ZERO_ADDRESS
from app.modules.chain.rules import DealSpec as DealSpec
from app.modules.chain.rules import PreparedTransaction as PreparedTransaction
from app.modules.chain.service_fees import book_fee as book_fee
from app.modules.chain.service_fees import fee_differences as fee_differences
from app.modules.chain.service_fees import fees_paid as fees_paid
from app.modules.chain.service_freezes import freeze_payouts as freeze_payouts
from app.modules.chain.service_freezes import payout_freeze as payout_freeze
from app.modules.chain.service_freezes import resume_payouts as resume_payouts
from app.modules.chain.service_freezes import was_settled as was_settled
from app.modules.chain.service_intents import intend as intend
from app.modules.chain.service_intents import operator_key as operator_key
from app.modules.chain.service_intents import refuse as refuse
from app.modules.chain.service_permits import PreparedPermit as PreparedPermit
from app.modules.chain.service_permits import payment_estimate as payment_estimate
from app.modules.chain.service_permits import prepare_deposit_with_permit as prepare_deposit_with_permit
from app.modules.chain.service_permits import prepare_permit as prepare_permit
from app.modules.chain.service_prices import GAS as GAS
from app.modules.chain.service_prices import Estimate as Estimate
from app.modules.chain.service_prices import estimate as estimate
from app.modules.chain.service_prices import permit_domain as permit_domain
from app.modules.chain.service_sales import SALE_VERBS as SALE_VERBS
from app.modules.chain.service_sales import SaleVerb as SaleVerb
from app.modules.chain.service_sales import ask_demo_claim as ask_demo_claim
from app.modules.chain.service_sales import ask_sale as ask_sale
from app.modules.chain.service_sales import prepare_claim as prepare_claim
from app.modules.chain.service_sponsoring import PreparedRequest as PreparedRequest
from app.modules.chain.service_sponsoring import fee_refusal as fee_refusal
from app.modules.chain.service_sponsoring import prepare_request as prepare_request
from app.modules.chain.service_sponsoring import sponsor as sponsor
from app.modules.chain.service_sponsoring import sponsoring_of as sponsoring_of
from app.modules.chain.service_transactions import Preview as Preview
from app.modules.chain.service_transactions import ask_signature as ask_signature
from app.modules.chain.service_transactions import bump as bump
from app.modules.chain.service_transactions import cancel as cancel
from app.modules.chain.service_transactions import preview_bump as preview_bump
from app.modules.chain.service_transactions import preview_cancel as preview_cancel
from app.modules.chain.service_wallets import ask_demo_payment as ask_demo_payment
from app.modules.chain.service_wallets import ask_demo_refund as ask_demo_refund
from app.modules.chain.service_wallets import demo_address as demo_address
from app.modules.chain.service_wallets import prepare_payment as prepare_payment
from app.modules.chain.service_wallets import prepare_refund as prepare_refund
from tenants.session import platform_session


def start_deployment(session: Session, *, actor: Actor, deal_id: UUID, spec: DealSpec, now: datetime) -> Progress:
    """Begin to deploy a deal's token and sale; the worker does the steps. Asking again returns the one that exists.

    Ends in the event DealDeployed, or in DeploymentFailed until somebody retries. Raises Forbidden, NoFactory.
    """
    POLICY.must(actor, ChainPermission.DEPLOY)
    found = queries.deployment_of(session, deal_id)
    if found is not None:
        return found
    if queries.factory(session, spec.chain_id) is None:
        raise NoFactory
    body = {key: _text(value) for key, value in asdict(spec).items()}
    row = Deployment(
        deal_id=deal_id, chain_id=spec.chain_id, spec=body, started_by=actor.user_id, started_at=now, updated_at=now
    )
    session.add(row)
    session.flush()
    for position, name in enumerate(rules.STEPS):
        session.add(DeploymentStep(deployment_id=row.id, name=name, position=position, updated_at=now))
    _audited(session, actor, "deal.deployment-started", deal_id, {"chain": spec.chain_id}, now)
    jobs.later(session, "chain.deploy", deployment_id=str(row.id))
    return queries.deployment(session, row.id)


def deployment_of(session: Session, deal_id: UUID) -> Progress | None:
    """Return a deal's deployment with its steps in order, or None."""
    return queries.deployment_of(session, deal_id)


def retry_deployment(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Progress:
    """Try the failed step again. Raises Forbidden, NoDeployment, DeploymentNotFailed."""
    POLICY.must(actor, ChainPermission.DEPLOY)
    found = queries.deployment_of(session, deal_id)
    if found is None:
        raise NoDeployment
    found = queries.deployment(session, found.deployment.id, lock=True)
    step = found.current
    if found.state != "failed" or step is None:
        raise DeploymentNotFailed
    step.state, step.error, step.updated_at = "waiting", "", now
    found.deployment.state, found.deployment.updated_at = "running", now
    _audited(session, actor, "deal.deployment-retried", deal_id, {"step": step.name}, now)
    jobs.later(session, "chain.deploy", deployment_id=str(found.deployment.id))
    return found


def checked_address(text: str) -> str:
    """Return an address with its checksum (EIP-55). Raises InvalidAddress, also for a wrong checksum."""
    address = contracts.checksummed(text.strip())
    if address is None or address == ZERO_ADDRESS:
        raise InvalidAddress
    return address


def explorer_url(chain_id: int, tx_hash: str) -> str:
    """Return where people can look a transaction up; empty where there is no explorer."""
    return network(chain_id).link("tx", tx_hash)


def address_url(chain_id: int, address: str) -> str:
    """Return where people can look an address up; empty where there is no explorer."""
    return network(chain_id).link("address", address)


def coin(chain_id: int) -> str:
    """Return the code of a chain's native coin."""
    return network(chain_id).coin


def network_name(chain_id: int) -> str:
    """Return a chain's name for people."""
    return network(chain_id).name


def log(session: Session, log_id: UUID) -> ChainLog:
    """Return an announced log."""
    return queries.log(session, log_id)


def logs_about(session: Session, subject_id: UUID) -> list[ChainLog]:
    """Return what contracts announced about an investment or deal and no reorganisation undid, in the chain's order."""
    return queries.logs_about(session, subject_id)


def undone_logs_about(session: Session, subject_id: UUID) -> list[ChainLog]:
    """Return what contracts announced about an investment or deal in blocks that were lost, in that branch's order."""
    return queries.undone_logs_about(session, subject_id)


def intents_about(session: Session, subject_id: UUID) -> list[ChainIntent]:
    """Return what the platform or a demo wallet asked of the chain about an investment or deal, oldest first."""
    return queries.intents_about(session, subject_id)


@dataclass(frozen=True)
class Health:
    """How the follower of a chain does. `age` is the seconds since it last looked, None if it never did."""

    chain_id: int
    head: int
    final: int
    head_time: datetime | None
    age: float | None
    trouble: str


def factory_address(session: Session, chain_id: int) -> str | None:
    """Return the address of the tenant's factory on a chain, or None."""
    row = queries.factory(session, chain_id)
    return row.address if row else None


def chain_time(chain_id: int, now: datetime) -> datetime:
    """Return the instant by which contracts judge: the newest block's, or `now` where that is later."""
    seen = health(chain_id, now).head_time
    return max(seen, now) if seen else now


def health(chain_id: int, now: datetime) -> Health:
    """Return how far a chain was followed, from the database alone."""
    with platform_session() as session:
        row = session.get(ChainNetwork, chain_id)
    if row is None:
        return Health(chain_id, 0, 0, None, None, "not deployed")
    age = (now - row.followed_at).total_seconds()
    return Health(chain_id, row.head_number, row.final_number, row.head_time, age, row.trouble)


def decide_escrow(
    session: Session,
    *,
    key: str,
    chain_id: int,
    investment_id: UUID,
    payer: str,
    verdict: Literal["release", "reject"],
    reason: str,
    now: datetime,
) -> ChainIntent:
    """Ask for the release or rejection of an escrow by the operator's key. The same key again changes nothing.

    Raises NoFactory.
    """
    row = queries.factory(session, chain_id)
    if row is None:
        raise NoFactory
    factory = contracts.TenantFactory(row.address)
    released = verdict == "release"
    call = (
        factory.release(investment_id, payer=payer) if released else factory.reject(investment_id, reason, payer=payer)
    )
    return intend(
        session,
        key=key,
        kind=f"escrow.{verdict}",
        subject_id=investment_id,
        chain_id=chain_id,
        signer=operator_key(),
        call=call,
        now=now,
    )


def return_expired(
    session: Session, *, key: str, chain_id: int, investment_id: UUID, escrow_address: str, now: datetime
) -> ChainIntent:
    """Ask for an expired escrow's money to be sent back to its payer, which anyone may do."""
    return intend(
        session,
        key=key,
        kind="escrow.expire",
        subject_id=investment_id,
        chain_id=chain_id,
        signer=operator_key(),
        call=contracts.Escrow(escrow_address).refund(),
        now=now,
    )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _audited(session: Session, actor: Actor, action: str, deal_id: UUID, after: dict[str, Any], now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject_kind="deal", subject_id=deal_id, after=after, now=now)
