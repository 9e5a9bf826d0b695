"""A deal's deployment, step by step. Each step asks the chain what is already there before it asks for more.

Whatever stops in between (a kill, a node, a reorganisation), going on is starting again at the step that isn't done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.tasks import TaskContext
from app.integrations.chain.contracts import ACTIVE, CONFIGURED, NATIVE, SALE, TOKEN, SaleTerms, TenantFactory, Token
from app.integrations.chain.port import Call, CallReverted, Chain
from app.modules.chain import queries, service, tasks_sending
from app.modules.chain.events import DealDeployed, DeploymentAdvanced, DeploymentFailed
from app.modules.chain.models import ChainContract, DeploymentStep
from app.modules.chain.rules import IN_A_BLOCK, WITHOUT_EFFECT, DealSpec
from tenants import context as tenancy
from tenants import ids

STAGES = {"token": TOKEN, "sale": SALE, "configure": CONFIGURED, "activate": ACTIVE}


@dataclass(frozen=True)
class Outcome:
    """How a step stands: done, waiting for the chain, or refused with `error`."""

    state: str
    tx_hash: str = ""
    token: str = ""
    sale: str = ""
    error: str = ""


WAITING = Outcome("waiting")


def advance(context: TaskContext, deployment_id: UUID) -> None:
    """Bring a deployment as far as the chain allows now. Raises ChainUnavailable; nothing is lost then."""
    while True:
        with context.session() as session:
            progress = queries.deployment(session, deployment_id, lock=True)
            step = progress.current
            if progress.state != "running" or step is None:
                return
            if step.state == "waiting":
                step.state, step.tries, step.updated_at = "running", step.tries + 1, context.now()
        outcome = _do(context, progress, step)
        if outcome is WAITING:
            return
        with context.session() as session:
            _record(session, deployment_id, step.name, outcome, context.now())


def spec_of(body: dict[str, str]) -> DealSpec:
    """Return the specification that a deployment row keeps."""
    values: dict[str, Any] = {}
    for name, kind in get_type_hints(DealSpec).items():
        values[name] = datetime.fromisoformat(body[name]) if kind is datetime else kind(body[name])
    return DealSpec(**values)


def _do(context: TaskContext, progress: queries.Progress, step: DeploymentStep) -> Outcome:
    spec, deal_id = spec_of(progress.deployment.spec), progress.deal_id
    chain: Chain = context.ports.chain
    with context.session() as session:
        row = queries.factory(session, spec.chain_id)
    if row is None:
        return Outcome("failed", error="this site has no factory on the chain")
    factory = TenantFactory(row.address)
    try:
        if step.name == "validate":
            return _validate(context, factory, spec)
        at_head = factory.deal_of(chain, deal_id, at="latest")
        if at_head.stage >= STAGES[step.name]:
            if step.name == "activate" and factory.deal_of(chain, deal_id, at="finalized").stage < ACTIVE:
                return WAITING
            return Outcome("done", _hash_of(context, deal_id, step), at_head.token, at_head.sale)
        if at_head.stage < STAGES[step.name] - 1:
            return WAITING  # a reorganisation took an earlier step; its transaction is on its way again
        return _ask(context, deal_id, step, _step_call(context, factory, deal_id, spec, step.name, at_head.token))
    except CallReverted as refused:
        return Outcome("failed", error=refused.words)


def _ask(context: TaskContext, deal_id: UUID, step: DeploymentStep, call: Call) -> Outcome:
    """Ask for the step's transaction, once for each try."""
    with context.session() as session:
        intent = service.intend(
            session,
            key=_key(deal_id, step),
            kind=f"deal.{step.name}",
            subject_id=deal_id,
            chain_id=context.site.settings.chain_id,
            signer=service.operator_key(),
            call=call,
            now=context.now(),
        )
    state = tasks_sending.push(context, intent.id)
    with context.session() as session:
        intent = queries.intent(session, intent.id)
    if state in WITHOUT_EFFECT:
        return Outcome("failed", intent.tx_hash, error=intent.error)
    if state in IN_A_BLOCK and not intent.succeeded:
        return WAITING
    return WAITING if state not in IN_A_BLOCK else _seen(context, deal_id, step)


def _seen(context: TaskContext, deal_id: UUID, step: DeploymentStep) -> Outcome:
    """The transaction is in a block: read the deal again instead of believing the receipt."""
    with context.session() as session:
        progress = queries.deployment_of(session, deal_id)
        row = queries.factory(session, context.site.settings.chain_id)
    assert progress is not None
    assert row is not None
    now = TenantFactory(row.address).deal_of(context.ports.chain, deal_id, at="latest")
    if now.stage < STAGES[step.name] or step.name == "activate":
        return WAITING
    return Outcome("done", _hash_of(context, deal_id, step), now.token, now.sale)


def _validate(context: TaskContext, factory: TenantFactory, spec: DealSpec) -> Outcome:
    """Ask beforehand what would otherwise fail half-way."""
    chain: Chain = context.ports.chain
    if chain.chain_id() != spec.chain_id:
        return Outcome("failed", error=f"the node follows chain {chain.chain_id()}, the deal asks for {spec.chain_id}")
    if not chain.code(factory.address, at="latest"):
        return Outcome("failed", error="there is no factory at the recorded address; was the chain reset?")
    if not factory.is_operator(chain, context.ports.keys.address(_operator(context)), at="latest"):
        return Outcome("failed", error="the operator's key may not act for this site")
    if spec.asset != NATIVE:
        Token(spec.asset).decimals(chain, at="latest")
    latest = chain.block("latest")
    if latest is not None and spec.closes_at <= latest.time:
        return Outcome("failed", error="the deal's closing date lies in the past")
    return Outcome("done")


def _step_call(
    context: TaskContext, factory: TenantFactory, deal_id: UUID, spec: DealSpec, step: str, token: str
) -> Call:
    if step == "token":
        return factory.create_token(deal_id, spec.name[:64], spec.symbol[:16], spec.decimals)
    if step == "configure":
        return factory.configure_sale(deal_id)
    if step == "activate":
        return factory.activate_sale(deal_id)
    terms = SaleTerms(
        token=token,
        asset=spec.asset,
        proceeds=spec.proceeds or context.site.settings.treasury or context.ports.keys.address(_treasury(context)),
        price=spec.price,
        soft_cap=spec.soft_cap,
        hard_cap=spec.hard_cap,
        opens_at=int(spec.opens_at.timestamp()),
        closes_at=int(spec.closes_at.timestamp()),
        min_ticket=spec.min_ticket,
        max_ticket=spec.max_ticket,
    )
    return factory.create_sale(deal_id, terms)


def _record(session: Session, deployment_id: UUID, name: str, outcome: Outcome, now: datetime) -> None:
    """Keep a step's outcome, unless another worker was faster."""
    progress = queries.deployment(session, deployment_id, lock=True)
    row, step = progress.deployment, progress.current
    if progress.state != "running" or step is None or step.name != name:
        return
    step.state, step.tx_hash, step.error, step.updated_at = outcome.state, outcome.tx_hash, outcome.error, now
    row.token, row.sale, row.updated_at = outcome.token or row.token, outcome.sale or row.sale, now
    if outcome.state == "failed":
        row.state = "failed"
        outbox.record(session, DeploymentFailed(deal_id=row.deal_id, step=name, error=outcome.error))
        return
    outbox.record(session, DeploymentAdvanced(deal_id=row.deal_id, step=name))
    if name == "activate":
        row.state = "done"
        for kind, address in (("token", row.token), ("sale", row.sale)):
            keep_contract(
                session,
                chain_id=row.chain_id,
                kind=kind,
                address=address,
                deal_id=row.deal_id,
                tx_hash=next(one.tx_hash for one in progress.steps if one.name == kind),
                now=now,
            )
        outbox.record(session, DealDeployed(deal_id=row.deal_id, token=row.token, sale=row.sale))


def keep_contract(
    session: Session, *, chain_id: int, kind: str, address: str, deal_id: UUID | None, tx_hash: str, now: datetime
) -> None:
    """Add a contract to the tenant's inventory, once."""
    values = {
        "tenant_id": tenancy.tenant_id(),
        "id": ids.new(),
        "chain_id": chain_id,
        "kind": kind,
        "address": address,
        "deal_id": deal_id,
        "tx_hash": tx_hash,
        "created_at": now,
    }
    session.execute(insert(ChainContract).values(**values).on_conflict_do_nothing())


def _hash_of(context: TaskContext, deal_id: UUID, step: DeploymentStep) -> str:
    with context.session() as session:
        intent = queries.intent_by_key(session, _key(deal_id, step))
    return intent.tx_hash if intent else ""


def _key(deal_id: UUID, step: DeploymentStep) -> str:
    return f"deploy:{deal_id}:{step.name}:{step.tries}"


def _operator(context: TaskContext) -> str:
    return f"operator-{context.tenant_id}"


def _treasury(context: TaskContext) -> str:
    return f"treasury-{context.tenant_id}"
