"""A site's contracts and deployments through the JSON door, as the worker last saw them."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint

from app.core.money import Asset
from app.core.scopes import Scope
from app.modules.chain import queries, service, service_contracts
from app.modules.chain.errors import DeploymentNotFailed, NoDeployment, explain
from app.modules.chain.forms_words_following import trouble
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries import Progress
from app.modules.chain.rules import ZERO_ADDRESS
from app.modules.chain.rules_contracts import Picture, Standing
from app.modules.chain.service_contracts import Inventory
from app.web.access import requires
from app.web.current import current
from app.web.lists import Listed
from app.web.operations import Shape, operation

api = Blueprint("chain_contracts_api", __name__, url_prefix="/api/admin")
SEE = requires(ChainPermission.SEE, POLICY)


class Step(Shape):
    """One step of a deployment. `error` is what the chain said, `meaning` what that means."""

    name: str
    state: str
    tries: int
    tx_hash: str | None
    error: str
    meaning: str
    updated_at: datetime


class DeploymentShown(Shape):
    """How far a deal's contracts are: running, failed or done, with every step in order."""

    deal_id: UUID
    name: str
    symbol: str
    chain_id: int
    state: str
    token: str | None
    sale: str | None
    started_at: datetime
    updated_at: datetime
    steps: list[Step]


class Deployments(Shape):
    """A part of the list, the newest first."""

    deployments: list[DeploymentShown]
    total: int
    has_more: bool


class Held(Shape):
    """What a contract holds. `amount` and `currency` stand where the site takes payments in it; `baseUnits` always."""

    contract: str
    base_units: str
    amount: str | None
    currency: str | None


class ContractShown(Shape):
    """A contract of the site. `state` of a sale is paused, or as its status says; `asBuilt` compares its code.

    `issued` and `holders` are a token's; `raised`, in `currency`, is a sale's.
    """

    kind: str
    address: str
    deal_id: UUID | None
    name: str
    state: str
    paused: bool
    as_built: bool
    holds: list[Held]
    issued: str | None
    holders: int | None
    raised: str | None
    currency: str | None


class Holder(Shape):
    """Who has a role; `key` is which key of this installation it is, nothing for none."""

    address: str
    key: str


class Difference(Shape):
    """Something that isn't what was built or given."""

    contract: str
    subject: str
    what: str
    expected: str
    found: str


class Assets(Shape):
    """A site's contracts at a final block.

    `lookAsked`: a new look is under way. `trouble`: why the last one told nothing new. `built` are the contracts that
    the site's own are clones of; `successor` is who the platform's contracts are being handed over to.
    """

    chain_id: int
    block_number: int | None
    block_time: datetime | None
    taken_at: datetime | None
    look_asked: bool
    trouble: str
    compared: int
    differences: list[Difference]
    contracts: list[ContractShown]
    roles: dict[str, list[Holder]]
    built: dict[str, str]
    successor: str | None
    escrows_opened: int
    escrows_holding: int
    pools: int
    distributions: int


@api.get("/assets")
@operation(summary="Read the site's contracts", answer=Assets, scope=Scope.OFFICE_READ)
@SEE
def assets() -> Assets:
    """Answer with what every contract of the site is, holds and allows, and whether it is what was built."""
    return _assets(service_contracts.inventory(current.session, current.settings.chain_id))


@api.post("/assets/refresh")
@operation(summary="Look at the contracts now", answer=Assets, status=202, scope=Scope.OFFICE, key="honoured")
@SEE
def refresh() -> Assets:
    """Let the worker look now, which takes a few seconds; asking again within a minute changes nothing."""
    chain_id = current.settings.chain_id
    service_contracts.ask_refresh(current.session, actor=current.actor, chain_id=chain_id, now=current.now)
    return _assets(service_contracts.inventory(current.session, chain_id))


@api.get("/deployments")
@operation(summary="List deployments", query=Listed, answer=Deployments, scope=Scope.OFFICE_READ)
@SEE
def deployments(asked: Listed) -> Deployments:
    """Answer with how the contracts of deals were set up."""
    found = queries.deployments(current.session, asked.page)
    return Deployments(
        deployments=[_deployment(each) for each in found.items], total=found.total, has_more=found.has_more
    )


@api.get("/deployments/<uuid:deal_id>")
@operation(summary="Read a deployment", answer=DeploymentShown, scope=Scope.OFFICE_READ, problems=[NoDeployment])
@SEE
def deployment(deal_id: UUID) -> DeploymentShown:
    """Answer with how far a deal's contracts are."""
    return _deployment(queries.deployed(current.session, deal_id))


@api.post("/deployments/<uuid:deal_id>/retry")
@operation(
    summary="Try a deployment's step again",
    answer=DeploymentShown,
    scope=Scope.OFFICE,
    key="honoured",
    problems=[NoDeployment, DeploymentNotFailed],
)
@requires(ChainPermission.DEPLOY, POLICY)
def retry(deal_id: UUID) -> DeploymentShown:
    """Try the step that was refused once more."""
    service.retry_deployment(current.session, actor=current.actor, deal_id=deal_id, now=current.now)
    return _deployment(queries.deployed(current.session, deal_id))


def _deployment(found: Progress) -> DeploymentShown:
    row = found.deployment
    return DeploymentShown(
        deal_id=row.deal_id,
        name=str(row.spec["name"]),
        symbol=str(row.spec["symbol"]),
        chain_id=row.chain_id,
        state=row.state,
        token=row.token or None,
        sale=row.sale or None,
        started_at=row.started_at,
        updated_at=row.updated_at,
        steps=[
            Step(
                name=each.name,
                state=each.state,
                tries=each.tries,
                tx_hash=each.tx_hash or None,
                error=each.error,
                meaning=explain(each.error) if each.error else "",
                updated_at=each.updated_at,
            )
            for each in found.steps
        ],
    )


def _assets(found: Inventory) -> Assets:
    row, picture = found.snapshot, found.picture
    successor = picture.successor if picture else ZERO_ADDRESS
    roles = {role: picture.holders(role) for role in picture.roles} if picture else {}
    return Assets(
        chain_id=current.settings.chain_id,
        block_number=row.block_number if row and picture else None,
        block_time=row.block_time if row else None,
        taken_at=row.taken_at if row else None,
        look_asked=found.waits,
        trouble=trouble(row.trouble) if row else "",
        compared=len(picture.compared) if picture else 0,
        differences=[Difference.model_validate(each) for each in picture.differing()] if picture else [],
        contracts=_contracts(picture) if picture else [],
        roles={role: [Holder(address=address, key=key) for address, key in held] for role, held in roles.items()},
        built=dict(picture.built) if picture else {},
        successor=successor if successor != ZERO_ADDRESS else None,
        escrows_opened=found.escrows.opened,
        escrows_holding=found.escrows.holding,
        pools=picture.pools if picture else 0,
        distributions=picture.distributions if picture else 0,
    )


def _contracts(picture: Picture) -> list[ContractShown]:
    known, names = service_contracts.taken(current.site, current.settings.chain_id), queries.deal_names(current.session)
    return [_contract(picture, each, known, names) for each in picture.contracts]


def _contract(picture: Picture, one: Standing, known: dict[str, Asset], names: dict[UUID, str]) -> ContractShown:
    deal_id = UUID(one.deal_id) if one.deal_id else None
    subject, units, asset = one.deal_id or str(current.site.id), Asset("", one.unit), known.get(one.asset)
    figures = one.figures
    return ContractShown(
        kind=one.kind,
        address=one.address,
        deal_id=deal_id,
        name=names.get(deal_id, "") if deal_id else current.site.name,
        state=one.state,
        paused=one.state in ("paused", "stopped"),
        as_built=picture.as_built(f"{one.kind} of {subject}", subject),
        holds=[_held(address, amount, known.get(address)) for address, amount in one.holds.items()],
        issued=units.plain(figures["supply"]) if "supply" in figures else None,
        holders=figures.get("holders"),
        raised=asset.plain(figures["raised"]) if asset and "raised" in figures else None,
        currency=asset.code if asset else None,
    )


def _held(address: str, amount: int, asset: Asset | None) -> Held:
    text = asset.plain(amount) if asset else None
    return Held(contract=address, base_units=str(amount), amount=text, currency=asset.code if asset else None)
