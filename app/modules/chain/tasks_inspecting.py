"""Is what stands on the chain what was built? Code, owners, roles and parameters, compared with the artifacts.

Code is compared byte for byte; only the values that a constructor wrote into it (`immutables` of the artifact) are
asked for by their getters instead. A tenant's factory is a clone, so its whole code is foretold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from app.integrations.chain import abi
from app.integrations.chain.port import At, Call, Chain, ChainUnavailable
from app.modules.chain import service
from app.modules.chain.models import ChainNetwork
from app.modules.chain.tasks_installing import installed
from tenants.service import Site
from tenants.session import platform_session, tenant_session

_SPAN = 5_000  # blocks asked for at once
_CLONE = ("363d3d373d3d3d363d73", "5af43d82803e903d91602b57fd5bf3")
ROLES = {"ADMIN": bytes(32), "AGENT": keccak(text="AGENT"), "OPERATOR": keccak(text="OPERATOR")}


@dataclass(frozen=True)
class Finding:
    """One thing that was compared."""

    contract: str
    what: str
    expected: str
    found: str

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


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
    fee, ceiling = (int(_ask(chain, "PlatformService", service, name, at)) for name in ("feeBps", "FEE_CEILING"))
    found.append(Finding("PlatformService", "fee within its ceiling", "True", str(fee <= ceiling)))
    return found


def factory(
    chain: Chain, plan: Plan, *, tenant_id: UUID, address: str, admin: str, operator: str, at: int
) -> list[Finding]:
    """Compare a tenant's factory with what was made for it: code, and who has which role. Raises ChainUnavailable."""
    name, service = f"factory of {tenant_id}", plan.installed["PlatformService"]
    implementation, arguments = plan.installed["TenantFactory"][2:], service[2:] + abi.as_bytes32(tenant_id).hex()
    expected = f"{_CLONE[0]}{implementation}{_CLONE[1]}{arguments}".lower()
    found = [Finding(name, "code", expected, chain.code(address, at=at).hex())]
    given = holders(chain, address, first=plan.since, last=at)
    for role, accounts in (("ADMIN", [admin]), ("AGENT", [admin]), ("OPERATOR", [operator])):
        found.append(Finding(name, role, ", ".join(sorted(accounts)), ", ".join(sorted(given[role]))))
    return found


def everything(settings: Any, ports: Any, sites: Sequence[Site]) -> list[Finding]:
    """Compare the platform's contracts and each tenant's factory at the final block. Raises ChainUnavailable."""
    chain, keys, at = ports.chain, ports.keys, ports.chain.block("finalized")
    with platform_session() as session:
        followed = session.get(ChainNetwork, settings.chain_id)
    if at is None or followed is None:
        raise ChainUnavailable("Nothing of ours is final on this chain yet.")
    plan = Plan(installed(settings.chain_id), keys.address("owner"), keys.address("treasury"), followed.start_number)
    found = platform(chain, plan, at=at.number)
    for site in sites:
        with tenant_session(site.id) as session:
            address = service.factory_address(session, settings.chain_id)
        if address is not None:
            admin, operator = keys.address(f"admin-{site.id}"), keys.address(f"operator-{site.id}")
            found += factory(
                chain, plan, tenant_id=site.id, address=address, admin=admin, operator=operator, at=at.number
            )
    return found


def holders(chain: Chain, address: str, *, first: int, last: int) -> dict[str, set[str]]:
    """Return who has which role of a factory, from what it announced. Raises ChainUnavailable."""
    given: dict[str, set[str]] = {role: set() for role in ROLES}
    names = {"0x" + code.hex(): role for role, code in ROLES.items()}
    for start in range(first, last + 1, _SPAN):
        for log in chain.logs(start, min(last, start + _SPAN - 1), [address]):
            said = abi.announcement("TenantFactory", log)
            if said is None or said.name not in ("RoleGranted", "RoleRevoked"):
                continue
            change = set.add if said.name == "RoleGranted" else set.discard
            change(given.setdefault(names.get(said.args["role"], said.args["role"]), set()), said.args["account"])
    return given


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
    return str(abi.answer(name, function, chain.call(call, at=at))[0])
