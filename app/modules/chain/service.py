"""The chain's verbs: deploy a deal, prepare transactions for wallets, ask for our own, read what was announced."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import jobs, outbox
from app.core.permissions import Actor
from app.integrations.chain import contracts, keys
from app.integrations.chain.networks import network
from app.integrations.chain.port import Call
from app.modules.audit import service as audit
from app.modules.chain import queries, rules
from app.modules.chain.errors import DeploymentNotFailed, InvalidAddress, NoDeployment, NoFactory
from app.modules.chain.errors import OnlyLocally as OnlyLocally
from app.modules.chain.events import TransactionFailed
from app.modules.chain.models import ChainIntent as ChainIntent
from app.modules.chain.models import ChainLog as ChainLog
from app.modules.chain.models import ChainNetwork, Deployment, DeploymentStep
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries import Progress as Progress
from app.modules.chain.rules import ZERO_ADDRESS as ZERO_ADDRESS
from app.modules.chain.rules import DealSpec as DealSpec
from app.modules.chain.rules import PreparedTransaction as PreparedTransaction
from tenants import context, ids
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
    explorer = network(chain_id).explorer
    return f"{explorer}/tx/{tx_hash}" if explorer and tx_hash else ""


def network_name(chain_id: int) -> str:
    """Return a chain's name for people."""
    return network(chain_id).name


def log(session: Session, log_id: UUID) -> ChainLog:
    """Return an announced log."""
    return queries.log(session, log_id)


def logs_about(session: Session, subject_id: UUID) -> list[ChainLog]:
    """Return what contracts announced about an investment or deal and no reorganisation undid, in the chain's order."""
    return queries.logs_about(session, subject_id)


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


def prepare_payment(
    session: Session, *, chain_id: int, investment_id: UUID, deal_id: UUID, asset: str, amount: int, price: str
) -> list[PreparedTransaction]:
    """Return what a payer's wallet signs to fund an escrow: an approval if the asset is a token, and the deposit.

    `price` says the amount in words. Raises NoFactory.
    """
    row = queries.factory(session, chain_id)
    if row is None:
        raise NoFactory
    native = asset == ZERO_ADDRESS
    factory = contracts.TenantFactory(row.address)
    deposit = factory.open_escrow(investment_id, deal_id, amount, value=amount if native else 0)
    calls = [(deposit, f"Move {price} into your own escrow contract")]
    if not native:
        approval = contracts.Token(asset).approve(row.address, amount)
        calls.insert(0, (approval, f"Allow this site's contract to take exactly {price}"))
    return [_prepared(chain_id, call, summary) for call, summary in calls]


def prepare_refund(*, chain_id: int, escrow_address: str, price: str) -> PreparedTransaction:
    """Return the call by which a payer takes money out of an escrow without the platform. `price` in words."""
    return _prepared(chain_id, contracts.Escrow(escrow_address).refund(), f"Take {price} out of your escrow contract")


def decide_escrow(
    session: Session,
    *,
    key: str,
    chain_id: int,
    investment_id: UUID,
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
    call = factory.release(investment_id) if verdict == "release" else factory.reject(investment_id, reason)
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


def intend(
    session: Session,
    *,
    key: str,
    kind: str,
    subject_id: UUID,
    chain_id: int,
    signer: str,
    call: Call,
    now: datetime,
    after_id: UUID | None = None,
) -> ChainIntent:
    """Note that a transaction shall happen once, and let the worker see to it. The same key again changes nothing.

    Ends in TransactionFinal or TransactionFailed. `after_id`: an intent that has to succeed first.
    """
    values: dict[str, Any] = {
        "tenant_id": context.tenant_id(),
        "id": ids.new(),
        "key": key,
        "kind": kind,
        "subject_id": subject_id,
        "after_id": after_id,
        "chain_id": chain_id,
        "signer": signer,
        "target": call.to or "",
        "data": call.data,
        "value": call.value,
        "state": "prepared",
        "created_at": now,
        "updated_at": now,
    }
    fresh = insert(ChainIntent).values(**values).on_conflict_do_nothing().returning(ChainIntent.id)
    if session.execute(fresh).scalar() is not None:
        jobs.later(session, "chain.push", intent_id=str(values["id"]))
    return session.scalars(select(ChainIntent).where(ChainIntent.key == key)).one()


def refuse(session: Session, intent: ChainIntent, *, state: str, error: str, now: datetime) -> None:
    """End an intent without effect (`refused` or `reverted`), and tell those who asked for it."""
    intent.state, intent.error, intent.updated_at = state, error, now
    session.flush()
    failed = TransactionFailed(intent_id=intent.id, kind=intent.kind, subject_id=intent.subject_id, error=error)
    outbox.record(session, failed)


def operator_key() -> str:
    """Return the name of the current tenant's operator key."""
    return f"operator-{context.tenant_id()}"


def demo_address(user_id: UUID, settings: Settings) -> str:
    """Return the address of a person's demo wallet. Raises OnlyLocally anywhere but on the local chain."""
    if not settings.is_local_chain:
        raise OnlyLocally
    return keys.demo_address(settings.secret_key, str(user_id))


def ask_demo_payment(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    investment_id: UUID,
    payer: str,
    asset: str,
    amount: int,
    transactions: Sequence[PreparedTransaction],
    now: datetime,
) -> list[ChainIntent]:
    """Let a person's demo wallet fund itself and sign `transactions` in order; a second request pays no second time.

    Raises OnlyLocally on other chains and for a payer that isn't the person's demo wallet.
    """
    if payer != demo_address(user_id, settings):
        raise OnlyLocally
    calls = [("demo.pay", Call(to=one.to, data=one.data, value=one.value)) for one in transactions]
    if asset != ZERO_ADDRESS:
        calls.insert(0, ("demo.mint", contracts.Token(asset).mint(payer, amount)))
    chain_id = transactions[0].chain_id
    return _demo(session, user_id=user_id, subject_id=investment_id, chain_id=chain_id, calls=calls, now=now)


def ask_demo_refund(
    session: Session,
    *,
    settings: Settings,
    user_id: UUID,
    investment_id: UUID,
    transaction: PreparedTransaction,
    now: datetime,
) -> list[ChainIntent]:
    """Let a person's demo wallet take an escrow's money back. Raises OnlyLocally on other chains."""
    if not settings.is_local_chain:
        raise OnlyLocally
    call = Call(to=transaction.to, data=transaction.data, value=transaction.value)
    return _demo(
        session,
        user_id=user_id,
        subject_id=investment_id,
        chain_id=transaction.chain_id,
        calls=[("demo.refund", call)],
        now=now,
    )


def _demo(
    session: Session,
    *,
    user_id: UUID,
    subject_id: UUID,
    chain_id: int,
    calls: Sequence[tuple[str, Call]],
    now: datetime,
) -> list[ChainIntent]:
    """Ask for a demo wallet's calls in order. Another round begins only after the last one failed."""
    prefix, last = f"demo:{subject_id}:{calls[-1][0]}", f":{len(calls) - 1}"
    rounds = [one for one in queries.intents_about(session, subject_id) if one.key.startswith(prefix)]
    failed = sum(one.state in ("refused", "reverted") for one in rounds if one.key.endswith(last))
    asked: list[ChainIntent] = []
    for number, (kind, call) in enumerate(calls):
        asked.append(
            intend(
                session,
                key=f"{prefix}:{failed}:{number}",
                kind=kind,
                subject_id=subject_id,
                chain_id=chain_id,
                signer=f"{keys.DEMO}{user_id}",
                call=call,
                now=now,
                after_id=asked[-1].id if asked else None,
            )
        )
    return asked


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _prepared(chain_id: int, call: Call, summary: str) -> PreparedTransaction:
    assert call.to is not None
    return PreparedTransaction(chain_id=chain_id, to=call.to, data=call.data, value=call.value, summary=summary)


def _audited(session: Session, actor: Actor, action: str, deal_id: UUID, after: dict[str, Any], now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject_kind="deal", subject_id=deal_id, after=after, now=now)
