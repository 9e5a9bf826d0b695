"""Is what stands on the chain what was built? Code, owners, roles and parameters, compared with the artifacts.

Code is compared byte for byte; only the values that a constructor wrote into it (`immutables` of the artifact) are
asked for by their getters instead. Factories, tokens and sales are clones with their terms in their code, so the whole
of it is foretold: a factory's from its tenant, a token's and a sale's from the transaction of ours that asked for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from app.integrations.chain import abi
from app.integrations.chain.port import At, Block, Call, CallReverted, Chain, ChainUnavailable
from app.modules.chain import queries_contracts, service
from app.modules.chain.models import ChainNetwork
from app.modules.chain.rules_contracts import Finding as Finding
from app.modules.chain.tasks_installing import installed
from tenants.service import Site
from tenants.session import platform_session, tenant_session

NO_ANSWER = "no answer"
_SPAN = 5_000  # blocks asked for at once
_CLONE = ("363d3d373d3d3d363d73", "5af43d82803e903d91602b57fd5bf3")
ROLES = {"ADMIN": bytes(32), "AGENT": keccak(text="AGENT"), "OPERATOR": keccak(text="OPERATOR")}


@dataclass(frozen=True)
class Plan:
    """What should stand on a chain: contract names and addresses, whose they are, and from which block on."""

    installed: dict[str, str]
    owner: str
    treasury: str
    since: int


def platform(chain: Chain, plan: Plan, *, at: At) -> list[Finding]:
    """Compare each installed contract of the platform with its artifact and settings. Raises ChainUnavailable."""
    found = [
        Finding(name, "code", *_codes(chain, name, address, at))
        for name, address in sorted(plan.installed.items())
        if not name.startswith("factory-")
    ]
    service = plan.installed["PlatformService"]
    for name, function, expected in (
        ("PlatformService", "owner", plan.owner),
        ("PlatformService", "treasury", plan.treasury),
        ("PlatformService", "factoryImplementation", plan.installed["TenantFactory"]),
        ("Forwarder", "owner", plan.owner),
    ):
        found.append(Finding(name, function, expected, _ask(chain, name, plan.installed[name], function, at)))
    trusted = _ask(chain, "TenantFactory", plan.installed["TenantFactory"], "trustedForwarder", at)
    found.append(Finding("TenantFactory", "trustedForwarder", plan.installed["Forwarder"], trusted))
    fee, ceiling = (_ask(chain, "PlatformService", service, name, at) for name in ("feeBps", "FEE_CEILING"))
    within = str(int(fee) <= int(ceiling)) if NO_ANSWER not in (fee, ceiling) else NO_ANSWER
    found.append(Finding("PlatformService", "fee within its ceiling", "True", within))
    return found


@dataclass(frozen=True)
class Made:
    """A deal's token or sale (`kind`), and the arguments of the transaction that asked for it; None where none did."""

    kind: str
    deal_id: UUID
    address: str
    asked: tuple[Any, ...] | None


def factory(
    chain: Chain,
    plan: Plan,
    *,
    tenant_id: UUID,
    address: str,
    admin: str,
    operator: str,
    at: int,
    given: Mapping[str, Iterable[str]] | None = None,
) -> list[Finding]:
    """Compare a tenant's factory with what was made for it: code, and who has which role. Raises ChainUnavailable.

    `given` is who has which role, for whoever has read that already.
    """
    name, about = f"factory of {tenant_id}", str(tenant_id)
    arguments = bytes.fromhex(plan.installed["PlatformService"][2:]) + abi.as_bytes32(tenant_id)
    expected = _clone(plan.installed["TenantFactory"], arguments)
    found = [Finding(name, "code", expected.hex(), chain.code(address, at=at).hex(), about)]
    if given is None:
        given = holders(announced(chain, address, first=plan.since, last=at))
    for role, accounts in (("ADMIN", [admin]), ("AGENT", [admin]), ("OPERATOR", [operator])):
        found.append(Finding(name, role, ", ".join(sorted(accounts)), ", ".join(sorted(given.get(role, ()))), about))
    return found


def deals(chain: Chain, plan: Plan, made: Iterable[Made], *, factory: str, at: At) -> list[Finding]:
    """Compare deals' tokens and sales with what was asked for. Raises ChainUnavailable."""
    found = []
    for one in made:
        name, about, code = f"{one.kind} of {one.deal_id}", str(one.deal_id), chain.code(one.address, at=at)
        if one.asked is None:
            found.append(Finding(name, "code", "asked for by a transaction of ours", "by none", about))
            continue
        owner = bytes.fromhex(factory[2:])
        arguments = _token_terms(owner, one) if one.kind == "token" else _sale_terms(owner, one, code)
        expected = _clone(plan.installed["DealToken" if one.kind == "token" else "TokenSale"], arguments)
        found.append(Finding(name, "code", _digest(expected, ()), _digest(code, ()), about))
    return found


def everything(settings: Any, ports: Any, sites: Sequence[Site]) -> list[Finding]:
    """Compare the platform's contracts and each tenant's at the final block. Raises ChainUnavailable."""
    plan, at = planned(settings, ports)
    found = platform(ports.chain, plan, at=at.number)
    for site in sites:
        found += of_site(settings, ports, site, plan=plan, at=at.number)
    return found


def planned(settings: Any, ports: Any) -> tuple[Plan, Block]:
    """Return what should stand on the chain, and the final block to look at. Raises ChainUnavailable."""
    keys, at = ports.keys, ports.chain.block("finalized")
    with platform_session() as session:
        followed = session.get(ChainNetwork, settings.chain_id)
    if at is None or followed is None:
        raise ChainUnavailable("Nothing of ours is final on this chain yet.")
    made = installed(settings.chain_id)
    return Plan(made, keys.address("owner"), keys.address("treasury"), followed.start_number), at


def of_site(
    settings: Any, ports: Any, site: Site, *, plan: Plan, at: int, given: Mapping[str, Iterable[str]] | None = None
) -> list[Finding]:
    """Compare a tenant's factory, tokens and sales; nothing where it has none. Raises ChainUnavailable."""
    with tenant_session(site.id) as session:
        address = service.factory_address(session, settings.chain_id)
        made = _made(session, settings.chain_id)
    if address is None:
        return []
    admin, operator = ports.keys.address(f"admin-{site.id}"), ports.keys.address(f"operator-{site.id}")
    found = factory(
        ports.chain, plan, tenant_id=site.id, address=address, admin=admin, operator=operator, at=at, given=given
    )
    return found + deals(ports.chain, plan, made, factory=address, at=at)


def announced(chain: Chain, address: str, *, first: int, last: int) -> Iterator[abi.Announcement]:
    """Return what a factory announced in blocks `first` to `last`, in order. Raises ChainUnavailable."""
    for start in range(first, last + 1, _SPAN):
        for log in chain.logs(start, min(last, start + _SPAN - 1), [address]):
            said = abi.announcement("TenantFactory", log)
            if said is not None:
                yield said


def holders(
    announcements: Iterable[abi.Announcement], before: Mapping[str, Iterable[str]] | None = None
) -> dict[str, set[str]]:
    """Return who has which role of a factory, from what it announced after `before`."""
    given = {role: set((before or {}).get(role, ())) for role in {*ROLES, *(before or {})}}
    names = {"0x" + code.hex(): role for role, code in ROLES.items()}
    for said in announcements:
        if said.name in ("RoleGranted", "RoleRevoked"):
            change = set.add if said.name == "RoleGranted" else set.discard
            change(given.setdefault(names.get(said.args["role"], said.args["role"]), set()), said.args["account"])
    return given


def _made(session: Session, chain_id: int) -> list[Made]:
    asked = {
        (intent.kind, intent.subject_id): abi.called("TenantFactory", intent.data)[1]
        for intent in queries_contracts.makings(session, chain_id)
    }
    return [
        Made(one.kind, one.deal_id, one.address, asked.get((f"deal.{one.kind}", one.deal_id)))
        for one in queries_contracts.of_deals(session, chain_id)
        if one.deal_id is not None
    ]


def _clone(implementation: str, arguments: bytes) -> bytes:
    return bytes.fromhex(f"{_CLONE[0]}{implementation[2:]}{_CLONE[1]}") + arguments


def _token_terms(factory: bytes, made: Made) -> bytes:
    """Return what DealDesk packs into a token's code."""
    _deal, name, symbol, decimals = made.asked or ()
    words = name.encode(), symbol.encode()
    return b"".join((factory, bytes([decimals, *map(len, words)]), *words))


def _sale_terms(factory: bytes, made: Made, code: bytes) -> bytes:
    """Return what SaleTerms packs into a sale's code. The fee is the one of that day, within the contract's ceiling;
    the token's decimals stand in its own code."""
    deal, terms = made.asked or ()
    token, asset, proceeds, price, soft, hard, opens, closes, least, most = terms
    sizes = ((price, 16), (soft, 12), (hard, 12), (opens, 8), (closes, 8), (least, 12))
    most = min(most or hard, hard)
    parties = b"".join(bytes.fromhex(one[2:]) for one in (token, asset, proceeds, deal))
    figures = b"".join(amount.to_bytes(size, "big") for amount, size in (*sizes, (most, 12)))
    return factory + parties + figures + code[-3:]


def _codes(chain: Chain, name: str, address: str, at: At) -> tuple[str, str]:
    """Return what should be at an address and what is, both without the values that a constructor wrote."""
    made = abi.artifact(name)
    built, there = bytes.fromhex(made["deployedBytecode"][2:]), chain.code(address, at=at)
    return _digest(built, made["immutables"]), _digest(there, made["immutables"])


def _digest(code: bytes, immutables: Sequence[Sequence[int]]) -> str:
    return f"{len(code)} bytes, keccak {keccak(b''.join(_without(code, immutables))).hex()[:16]}"


def _without(code: bytes, immutables: Sequence[Sequence[int]]) -> Iterator[bytes]:
    at = 0
    for start, length in sorted(immutables, key=lambda place: place[0]):
        yield code[at:start]
        at = start + length
    yield code[at:]


def _ask(chain: Chain, name: str, address: str, function: str, at: At) -> str:
    call = Call(to=to_checksum_address(address), data=abi.calldata(name, function, []))
    try:
        return str(abi.answer(name, function, chain.call(call, at=at))[0])
    except CallReverted:
        return NO_ANSWER  # whatever stands there isn't ours: its code differs too
