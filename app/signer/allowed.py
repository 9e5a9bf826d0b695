"""What the platform's keys may ever sign: for each kind of intent whose key, which contract, which functions.

Whatever stands in the database is read as a claim: calldata is decoded with the contract's own interface, and has to
say what the intent says. A kind that isn't in the table is refused. Pure.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from eth_utils.address import to_checksum_address

from app.integrations.chain import abi, forwarding, permits
from app.integrations.chain.keys import DEMO
from app.modules.chain import rules, rules_sponsoring


class Refused(Exception):
    """This will never be signed; the text says why."""


class Held(Exception):
    """This isn't signed now, but may be later without anybody asking again; the text says why."""


@dataclass(frozen=True)
class Known:
    """Which contracts are whose, as far as the signer can see. Addresses as in intents, with checksum.

    `carried`: the releases that the intent says it carries.
    """

    factory: str
    sales: Mapping[str, UUID]
    escrows: Mapping[str, UUID]
    money: Set[str]
    own_address: str
    chain_id: int = 0
    forwarder: str = ""
    carried: Sequence["Asked"] = ()


@dataclass(frozen=True)
class Asked:
    """An intent as it stands in the database."""

    tenant_id: UUID
    kind: str
    subject_id: UUID
    signer: str
    target: str
    data: str
    value: int
    key: str = ""


Check = Callable[[Asked, Known, tuple[Any, ...]], None]


@dataclass(frozen=True)
class Way:
    """One way in which a kind may look. `check` raises Refused where arguments aren't what the intent says."""

    artifact: str
    functions: Set[str]
    check: Check
    key: str = "operator"
    pays: bool = False
    recipient: Callable[[tuple[Any, ...]], str] | None = field(default=None)


def allowed(asked: Asked, known: Known) -> str:
    """Return the address that the call would let money go to, empty for none. Raises Refused."""
    for way in ALLOWED.get(asked.kind, ()):
        try:
            function, arguments = abi.called(way.artifact, asked.data)
        except ValueError:
            continue
        if function not in way.functions:
            continue
        _whose(asked, way.key)
        if asked.value and not way.pays:
            raise Refused("it would send coin along, which this kind never does")
        way.check(asked, known, arguments)
        return way.recipient(arguments) if way.recipient else ""
    if asked.kind not in ALLOWED:
        raise Refused(f"nothing of the kind {asked.kind} may be signed")
    raise Refused(f"the call isn't one that {asked.kind} may make")


def _whose(asked: Asked, key: str) -> None:
    if key == "operator" and asked.signer != f"operator-{asked.tenant_id}":
        raise Refused("the key isn't this tenant's operator key")
    if key == "demo" and not asked.signer.startswith(DEMO):
        raise Refused("only a demo wallet may do this")


def _at(asked: Asked, address: str, what: str) -> None:
    if not address or asked.target != address:
        raise Refused(f"the contract isn't {what}")


def _about(asked: Asked, identifier: str) -> None:
    if abi.as_uuid(identifier) != asked.subject_id:
        raise Refused("the call is about something else than the intent")


def _factory(asked: Asked, known: Known, arguments: tuple[Any, ...]) -> None:
    _at(asked, known.factory, "this tenant's factory")
    _about(asked, arguments[0])


def _sale(asked: Asked, known: Known, _arguments: tuple[Any, ...]) -> None:
    if known.sales.get(asked.target) != asked.subject_id:
        raise Refused("the contract isn't the sale of this deal")


def _claim(asked: Asked, known: Known, arguments: tuple[Any, ...]) -> None:
    if asked.target not in known.sales:
        raise Refused("the contract isn't a sale of this tenant")
    _about(asked, arguments[0])


def _escrow(asked: Asked, known: Known, _arguments: tuple[Any, ...]) -> None:
    if known.escrows.get(asked.target) != asked.subject_id:
        raise Refused("the contract isn't the escrow of this investment")


def _mint(asked: Asked, known: Known, arguments: tuple[Any, ...]) -> None:
    if asked.target not in known.money:
        raise Refused("the contract isn't play money of the local chain")
    if arguments[0] != known.own_address:
        raise Refused("play money is made for the wallet itself alone")


def _approve(asked: Asked, known: Known, arguments: tuple[Any, ...]) -> None:
    if asked.target not in known.money:
        raise Refused("the contract isn't play money of the local chain")
    if arguments[0] != known.factory:
        raise Refused("only this tenant's factory may be allowed to take money")


def _releases(asked: Asked, known: Known, arguments: tuple[Any, ...]) -> None:
    """Each release that it carries could be signed by itself, and it releases these and no other, each once."""
    _at(asked, known.factory, "this tenant's factory")
    called = [f"0x{one.hex()}" for one in arguments[0]]
    if not 2 <= len(called) <= rules.MOST_TOGETHER:
        raise Refused(f"it would release {len(called)} escrows together")
    for one in known.carried:
        if one.kind != rules.RELEASE:
            raise Refused("it carries something else than releases")
        allowed(one, known)
    wanted = [abi.called("TenantFactory", one.data)[1][0] for one in known.carried]
    if sorted(called) != sorted(set(wanted)):
        raise Refused("the call releases something else than what the intent carries")


def _sponsor(asked: Asked, known: Known, _arguments: tuple[Any, ...]) -> None:
    """A request that its own payer signed, about this investment, to this tenant's factory, without coin."""
    _at(asked, known.forwarder, "the platform's forwarder")
    request, value, signature = forwarding.opened(asked.data)
    sender, to = (str(to_checksum_address(each)) for each in (request.sender, request.to))
    if to != known.factory:
        raise Refused("the request isn't to this tenant's factory")
    if value or request.gas > rules_sponsoring.REQUEST_GAS:
        raise Refused("the request takes coin, or more gas than a payment needs")
    try:
        function, arguments = abi.called("TenantFactory", request.data)
        nonce = rules_sponsoring.nonce_of(asked.key)
    except ValueError:
        raise Refused("the request isn't a payment") from None
    if function not in rules_sponsoring.CARRIED:
        raise Refused("the request isn't a payment")
    _about(asked, arguments[0])
    if arguments[0][-32:].lower() != sender[-32:].lower():
        raise Refused("the payment is another wallet's than the request")
    told = replace(request, chain_id=known.chain_id, forwarder=known.forwarder, sender=sender, to=to, nonce=nonce)
    parts = permits.taken_apart(signature)
    if parts is None or not told.is_signed(parts):
        raise Refused("the request isn't signed by the wallet that pays")


def _proceeds(arguments: tuple[Any, ...]) -> str:
    return str(to_checksum_address(arguments[1][2]))


def _ways(*functions: str, artifact: str = "TenantFactory", check: Check = _factory, **more: Any) -> tuple[Way, ...]:
    return (Way(artifact, frozenset(functions), check, **more),)


ALLOWED: Mapping[str, tuple[Way, ...]] = {
    "deal.token": _ways("createToken"),
    "deal.sale": _ways("createSale", recipient=_proceeds),
    "deal.configure": _ways("configureSale"),
    "deal.activate": _ways("activateSale"),
    "sale.finalise": _ways("finalise", artifact="TokenSale", check=_sale),
    "sale.fail": _ways("fail", artifact="TokenSale", check=_sale),
    "sale.pause": _ways("pause", artifact="TokenSale", check=_sale),
    "sale.unpause": _ways("unpause", artifact="TokenSale", check=_sale),
    "escrow.release": _ways("release"),
    "escrow.release_many": _ways("releaseMany", check=_releases),
    "escrow.reject": _ways("reject"),
    "escrow.expire": _ways("refund", artifact="Escrow", check=_escrow),
    "gas.sponsor": _ways("sponsor", artifact="Forwarder", check=_sponsor),
    "demo.mint": _ways("mint", artifact="DemoEuro", check=_mint, key="demo"),
    "demo.pay": (
        *_ways("openEscrow", "openEscrowWithPermit", "openEscrowWithPass", key="demo", pays=True),
        *_ways("approve", artifact="DemoEuro", check=_approve, key="demo"),
    ),
    "demo.refund": _ways("refund", artifact="Escrow", check=_escrow, key="demo"),
    "demo.claim": _ways("claimRefund", artifact="TokenSale", check=_claim, key="demo"),
}
