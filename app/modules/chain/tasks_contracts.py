"""The worker's look at a tenant's contracts: what they are, hold and say at one final block, kept for the pages."""

import logging
from datetime import timedelta
from threading import Event
from typing import Any

from app.core import clock
from app.core.tasks import TaskContext
from app.integrations.chain import abi
from app.integrations.chain.contracts import NATIVE, Token
from app.integrations.chain.port import Block, Call, CallReverted, Chain, ChainUnavailable
from app.modules.chain import queries, queries_contracts, rules_contracts, service_contracts, tasks_inspecting
from app.modules.chain.models import ChainContract
from app.modules.chain.rules_contracts import Picture, Standing
from app.modules.chain.tasks_inspecting import Plan
from tenants import service as tenancy
from tenants.session import tenant_session

log = logging.getLogger("portico.chain")

PAUSE = 30.0  # seconds between looks for pictures that are old
OLD_AFTER = timedelta(minutes=10)
_KINDS = {"factory": "TenantFactory", "token": "DealToken", "sale": "TokenSale"}
_FIGURES = {"factory": (), "token": ("supply", "holders"), "sale": ("raised", "sold", "hardCap")}


def refresh(context: TaskContext) -> None:
    """Look at the tenant's contracts now; a node that is away is noted, and the loop asks again."""
    try:
        picture, block, announced = look(context)
    except (ChainUnavailable, CallReverted) as unavailable:
        log.warning("the contracts of %s can't be looked at: %s", context.site.slug, unavailable)
        with context.session() as session:
            service_contracts.note_trouble(session, chain_id=context.settings.chain_id, why=str(unavailable))
        return
    for one in picture.differing() if picture else ():
        log.error("DIFFERS %s: %s should be %s and is %s", one.contract, one.what, one.expected, one.found or "none")
    with context.session() as session:
        service_contracts.keep(
            session,
            chain_id=context.settings.chain_id,
            block=block,
            body=rules_contracts.written(picture) if picture else {},
            announced=announced,
            now=context.now(),
        )


def watch(settings: Any, ports: Any, stop: Event) -> None:
    """Look at each tenant's contracts again and again, until `stop` is set."""
    while not stop.wait(PAUSE):
        for site in tenancy.sites():
            if site.is_installation or stop.is_set():
                continue
            try:
                with tenant_session(site.id) as session:
                    due = service_contracts.is_due(session, settings.chain_id, older=OLD_AFTER, now=clock.now())
                if due:
                    refresh(TaskContext(site=site, ports=ports, settings=settings, now=clock.now))
            except Exception:
                log.exception("looking at the contracts of %s failed; trying again", site.slug)


def look(context: TaskContext) -> tuple[Picture | None, Block, dict[str, Any]]:
    """Return the picture (None where the tenant has no factory), its block, and what the factory has announced so far.

    Raises ChainUnavailable.
    """
    settings, ports, chain_id = context.settings, context.ports, int(context.settings.chain_id)
    plan, block = tasks_inspecting.planned(settings, ports)
    with context.session() as session:
        factory = queries.factory(session, chain_id)
        rows = queries_contracts.of_deals(session, chain_id)
        before = queries_contracts.snapshot(session, chain_id)
        known = dict(before.announced) if before else {}
    if factory is None:
        return None, block, {}
    announced = _announced(ports.chain, plan, factory.address, known, block.number)
    keys, service = _keys(context, plan), plan.installed["PlatformService"]
    owner, successor, treasury = (
        _address(ports.chain, service, word, block.number) for word in ("owner", "pendingOwner", "treasury")
    )
    compared = tasks_inspecting.platform(ports.chain, plan, at=block.number)
    compared += tasks_inspecting.of_site(
        settings, ports, context.site, plan=plan, at=block.number, given=announced["roles"]
    )
    assets = {NATIVE: None} | {one.contract: None for one in _payable(context)}
    picture = Picture(
        contracts=[_standing(ports.chain, plan, row, list(assets), block.number) for row in (factory, *rows)],
        compared=compared,
        roles=announced["roles"] | {"OWNER": [owner], "TREASURY": [treasury]},
        keys=keys,
        successor=successor,
        built={name: address for name, address in plan.installed.items() if not name.startswith("factory-")},
        operator_coin=ports.chain.balance(keys["operator"], at=block.number),
        pools=announced["pools"],
        distributions=announced["distributions"],
    )
    return picture, block, announced


def _announced(chain: Chain, plan: Plan, factory: str, known: dict[str, Any], last: int) -> dict[str, Any]:
    """Return roles and counts up to a final block, from what is known of earlier ones."""
    if known.get("factory") != factory or known.get("upto", 0) > last:
        known = {"upto": plan.since - 1, "roles": {}, "pools": 0, "distributions": 0}
    said = list(tasks_inspecting.announced(chain, factory, first=known["upto"] + 1, last=last))
    roles = tasks_inspecting.holders(said, known["roles"])
    return {
        "factory": factory,
        "upto": last,
        "roles": {role: sorted(accounts) for role, accounts in sorted(roles.items())},
        "pools": known["pools"] + sum(one.name == "PoolCreated" for one in said),
        "distributions": known["distributions"] + sum(one.name == "DistributionCreated" for one in said),
    }


def _keys(context: TaskContext, plan: Plan) -> dict[str, str]:
    keys = context.ports.keys
    own = {name: str(keys.address(f"{name}-{context.tenant_id}")) for name in ("admin", "operator")}
    return own | {"owner": plan.owner, "treasury": plan.treasury}


def _payable(context: TaskContext) -> list[Any]:
    return [one for one in context.site.settings.payment_tokens if one.chain_id == context.settings.chain_id]


def _standing(chain: Chain, plan: Plan, row: ChainContract, assets: list[str], at: int) -> Standing:
    """Return how a contract stands at a block; `unknown` for one that doesn't answer as ours do."""
    try:
        return _answering(chain, plan, row, assets, at)
    except (CallReverted, IndexError):
        coin = chain.balance(row.address, at=at)
        return Standing(
            kind=row.kind,
            address=row.address,
            deal_id=str(row.deal_id) if row.deal_id else "",
            state="unknown",
            holds={NATIVE: coin} if coin else {},
            figures=dict.fromkeys(_FIGURES[row.kind], 0),
        )


def _answering(chain: Chain, plan: Plan, row: ChainContract, assets: list[str], at: int) -> Standing:
    def said(function: str) -> Any:
        return _ask(chain, _KINDS[row.kind], row.address, function, at)

    state, asset, unit, figures = "active", "", 0, {}
    if row.kind == "factory":
        stopped = _ask(chain, "PlatformService", plan.installed["PlatformService"], "paused", at)
        state = "stopped" if stopped else "active"
    elif row.kind == "token":
        state, unit = "free" if said("transfersOpen") else "locked", int(said("decimals"))
        figures = {"supply": int(said("totalSupply")), "holders": int(said("holderCount"))}
    else:
        state = "paused" if said("paused") else rules_contracts.SALE_STATES[int(said("status"))]
        asset, figures = str(said("asset")), {name: int(said(name)) for name in ("raised", "sold", "hardCap")}
    holds = {one: _balance(chain, one, row.address, at) for one in dict.fromkeys((*assets, asset)) if one}
    return Standing(
        kind=row.kind,
        address=row.address,
        deal_id=str(row.deal_id) if row.deal_id else "",
        state=state,
        holds={one: amount for one, amount in holds.items() if amount},
        figures=figures,
        asset=asset,
        unit=unit,
    )


def _balance(chain: Chain, asset: str, holder: str, at: int) -> int:
    return chain.balance(holder, at=at) if asset == NATIVE else Token(asset).balance_of(chain, holder, at=at)


def _address(chain: Chain, service: str, word: str, at: int) -> str:
    try:
        return str(_ask(chain, "PlatformService", service, word, at))
    except CallReverted:
        return NATIVE  # nobody: no contract of ours answers there


def _ask(chain: Chain, name: str, address: str, function: str, at: int) -> Any:
    call = Call(to=address, data=abi.calldata(name, function, []))
    return abi.answer(name, function, chain.call(call, at=at))[0]
