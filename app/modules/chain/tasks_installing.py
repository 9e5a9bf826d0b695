"""Putting the platform's contracts on a chain, and a factory for each tenant. Safe to run again at any point.

Every creation is signed and committed before it is sent. Contracts that are recorded are looked for first: where the
chain has none at a recorded address, it isn't the chain that they were put on, and nothing is done without being told.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.integrations.chain import abi
from app.integrations.chain.contracts import PlatformService
from app.integrations.chain.keys import WAKE
from app.integrations.chain.networks import LOCAL
from app.integrations.chain.port import Call, Chain, ChainUnavailable, SendRefused, SignerAway
from app.modules.chain.models import ChainAccount, ChainBlock, ChainContract, ChainInstallation, ChainNetwork
from app.modules.chain.models_following import ChainAlarm, ChainReorg
from app.modules.chain.tasks_deploying import keep_contract
from tenants import service as tenancy
from tenants.service import Site
from tenants.session import platform_session, tenant_session

_PATIENCE = 120.0  # seconds for one creation to be in a block
_SIGNER_PATIENCE = 15.0  # seconds for the signer's answer
PLAY_MONEY = {"EUR": ("EUR", "DemoEuro"), "CHF": ("CHF", "DemoFranc"), "SAR": ("SAR", "DemoRiyal")}
CALLS = ("relayer-", "budget-")  # notes of calls, not of contracts
_OWNER_COIN = 10**19  # wei that the local chain's owner is kept supplied with


class ChainReset(Exception):
    """The node follows another chain than the one our contracts stand on."""


@dataclass(frozen=True)
class Deployer:
    """What installing needs: settings, ports and the clock; `tell` hears a line for each thing done."""

    settings: Any
    ports: Any
    now: Callable[[], datetime]
    tell: Callable[[str], None] = lambda _line: None

    @property
    def chain(self) -> Chain:
        return self.ports.chain  # type: ignore[no-any-return]

    @property
    def chain_id(self) -> int:
        return int(self.settings.chain_id)

    @property
    def owner(self) -> str:
        return str(self.ports.keys.address("owner"))


def ensure_platform(deployer: Deployer) -> str:
    """Put the platform's contracts on the chain where they are missing; return PlatformService's address.

    Raises ChainUnavailable, ChainReset.
    """
    _recognise(deployer)
    plan = abi.artifact("deployment")
    known = {"$owner": deployer.owner, "$treasury": str(deployer.ports.keys.address("treasury"))}
    steps = plan["steps"] + (plan["localOnly"] if deployer.chain_id == LOCAL else [])
    for step in steps:
        name = step["contract"]
        arguments = [known[part] for part in step["args"]]
        made = abi.creation(name, *arguments)
        known[f"${name}"] = _ensure(deployer, name, made, lambda receipt: str(receipt.made))
    return known["$PlatformService"]


def ensure_tenant(deployer: Deployer, site: Site) -> str:
    """Give a tenant its factory where it has none; return its address. Raises ChainUnavailable, ChainReset."""
    service = PlatformService(ensure_platform(deployer))
    keys, chain = deployer.ports.keys, deployer.chain
    address = service.factory_of(chain, site.id, at="latest")
    if address is None:
        call = service.create_tenant(site.id, keys.address(f"admin-{site.id}"), keys.address(f"operator-{site.id}"))
        foretold = service.factory_address(chain, site.id, at="latest")
        address = _ensure(deployer, f"factory-{site.id}", call, lambda _receipt: foretold)
    with tenant_session(site.id) as session:
        keep_contract(
            session,
            chain_id=deployer.chain_id,
            kind="factory",
            address=address,
            deal_id=None,
            tx_hash="",
            now=deployer.now(),
        )
    _offer_play_money(deployer, site)
    return address


def ensure_call(deployer: Deployer, name: str, call: Call) -> None:
    """Let the installation's key make a call once, noted under `name`. Raises ChainUnavailable, ChainReset."""
    assert name.startswith(CALLS)
    with platform_session() as session:
        row = session.get(ChainInstallation, (deployer.chain_id, name))
    if row is None or not row.done:
        _ensure(deployer, name, call, lambda _receipt: str(call.to))


def installed(chain_id: int) -> dict[str, str]:
    """Return contract name → address of the platform's contracts on a chain, from the database."""
    with platform_session() as session:
        rows = session.scalars(
            select(ChainInstallation).where(ChainInstallation.chain_id == chain_id, ChainInstallation.done)
        )
        return {row.name: row.address for row in rows if not row.name.startswith(CALLS)}


def forget_chain(deployer: Deployer) -> None:
    """Forget contracts, accounts and cursor of a local chain that no longer exists. Raises ChainReset elsewhere."""
    if deployer.chain_id != LOCAL:
        raise ChainReset("Only the local chain can be forgotten.")
    for site in tenancy.sites():
        with tenant_session(site.id) as session:
            for table in (ChainContract, ChainAccount):
                session.execute(delete(table).where(table.chain_id == deployer.chain_id))
    with platform_session() as session:
        for row in (ChainInstallation, ChainBlock, ChainNetwork, ChainAlarm, ChainReorg):
            session.execute(delete(row).where(row.chain_id == deployer.chain_id))


def _recognise(deployer: Deployer) -> None:
    """Note which chain this is the first time, and refuse another one later."""
    chain, now = deployer.chain, deployer.now()
    genesis, head = chain.block(0), chain.block("latest")
    if genesis is None or head is None:
        raise ChainUnavailable("The node has no blocks.")
    with platform_session() as session:
        row = session.get(ChainNetwork, deployer.chain_id)
        if row is None:
            session.add(
                ChainNetwork(
                    chain_id=deployer.chain_id,
                    genesis_hash=genesis.hash,
                    start_number=head.number,
                    head_number=head.number,
                    head_hash=head.hash,
                    head_time=head.time,
                    final_number=0,
                    followed_at=now,
                )
            )
            session.add(
                ChainBlock(
                    chain_id=deployer.chain_id,
                    number=head.number,
                    hash=head.hash,
                    parent_hash=head.parent_hash,
                    time=head.time,
                )
            )
        elif row.genesis_hash != genesis.hash:
            raise ChainReset(
                f"The node follows another chain {deployer.chain_id} than the one this database knows: it was reset. "
                "Bring the old chain back, or on the local chain run: portico chain deploy --forget-old-chain"
            )


def _ensure(deployer: Deployer, name: str, call: Call, address: Callable[[Any], str]) -> str:
    with platform_session() as session:
        row = session.get(ChainInstallation, (deployer.chain_id, name))
    if row is not None and row.done:
        if not deployer.chain.code(row.address, at="latest"):
            raise ChainReset(f"The chain has no {name} at {row.address}, where it was put: the chain was reset.")
        return row.address
    if row is None:
        row = _signed(deployer, name, call)
    elif not row.tx_hash:
        row = _answered(deployer, name)
    receipt = _await(deployer, row)
    with platform_session() as session:
        kept = session.get_one(ChainInstallation, (deployer.chain_id, name))
        kept.gas_used, kept.gas_price = receipt.gas_used, receipt.gas_price
    if not receipt.succeeded:
        raise ChainUnavailable(f"Creating {name} failed in transaction {row.tx_hash}.")
    with platform_session() as session:
        kept = session.get_one(ChainInstallation, (deployer.chain_id, name))
        kept.address, kept.done = address(receipt), True
    if not name.startswith(CALLS):
        deployer.tell(f"{name} stands at {kept.address}")
    return kept.address


def _signed(deployer: Deployer, name: str, call: Call) -> ChainInstallation:
    """Note what shall be made, and wait until the signer has signed it."""
    chain, owner = deployer.chain, deployer.owner
    if deployer.chain_id == LOCAL:
        chain.grant_coin(owner, _OWNER_COIN)
    gas, fees, used = chain.estimate(call, sender=owner) * 13 // 10, chain.fees(), chain.nonce(owner, at="latest")
    with platform_session() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('portico.owner-nonce'))"))  # one nonce each
        row = ChainInstallation(
            chain_id=deployer.chain_id,
            name=name,
            address="",
            sender=owner,
            nonce=max(used, _next_nonce(session, deployer.chain_id, owner)),
            tx_hash="",
            raw=b"",
            signed_at=deployer.now(),
            target=call.to or "",
            data=call.data,
            gas=gas,
            max_fee=fees.max_fee,
            priority_fee=fees.priority_fee,
        )
        session.add(row)
    return _answered(deployer, name)


def _answered(deployer: Deployer, name: str) -> ChainInstallation:
    """Wake the signer and return the row with its bytes. Raises SignerAway, ChainUnavailable with its refusal."""
    with platform_session() as session:
        session.execute(text(f"NOTIFY {WAKE}"))
    until = time.monotonic() + _SIGNER_PATIENCE
    while time.monotonic() < until:
        with platform_session() as session:
            row = session.get_one(ChainInstallation, (deployer.chain_id, name))
        if row.tx_hash:
            return row
        if row.refusal:
            raise ChainUnavailable(f"The signer does not sign {name}: {row.refusal}")
        time.sleep(0.01)
    raise SignerAway


def _next_nonce(session: Session, chain_id: int, owner: str) -> int:
    newest = select(func.max(ChainInstallation.nonce)).where(
        ChainInstallation.chain_id == chain_id, ChainInstallation.sender == owner
    )
    found = session.execute(newest).scalar_one()
    return 0 if found is None else int(found) + 1


def _await(deployer: Deployer, row: ChainInstallation) -> Any:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        receipt = deployer.chain.receipt(row.tx_hash)
        if receipt is not None:
            return receipt
        try:
            deployer.chain.send(row.raw)
        except SendRefused as refused:
            deployer.tell(f"{row.name}: the node says: {refused}")
        time.sleep(0.2)
    raise ChainUnavailable(f"{row.name} was sent in {row.tx_hash} but is in no block yet. Run the command again.")


def _offer_play_money(deployer: Deployer, site: Site) -> None:
    """Let a tenant of the local chain take the play money of its own currency; Demo Euro where there is none."""
    if deployer.chain_id != LOCAL:
        return
    code, contract = PLAY_MONEY.get(site.settings.currency, PLAY_MONEY["EUR"])
    token = {
        "code": code,
        "symbol": f"d{code}",
        "chain_id": LOCAL,
        "contract": installed(LOCAL)[contract],
        "decimals": 6,
        "display_decimals": 2,
    }
    others = [one.model_dump() for one in site.settings.payment_tokens if one.chain_id != LOCAL]
    current = [one.model_dump() for one in site.settings.payment_tokens if one.chain_id == LOCAL]
    if current != [token] and site.kind == "site":
        tenancy.change_settings(site.id, {"payment_tokens": [token, *others]})
