"""Our contracts as typed classes: what can be called on each, and what each answers at a block."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address
from eth_utils.conversions import to_bytes

from app.integrations.chain import abi
from app.integrations.chain.port import At, Call, Chain, Log

NATIVE = "0x" + "0" * 40
NOTHING, TOKEN, SALE, CONFIGURED, ACTIVE = range(5)  # stages of a deal (IDealDesk.Stage)
HELD, RELEASED, REFUNDED = 1, 2, 3  # states of an escrow (IEscrowDesk.EscrowState)


def checksummed(text: str) -> str | None:
    """Return an address with its checksum (EIP-55), or None for anything else, also for a wrong checksum."""
    if not is_hex_address(text) or not text.startswith("0x"):
        return None
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        return None
    return str(to_checksum_address(text))


@dataclass(frozen=True)
class SaleTerms:
    """Terms of a sale (IDealDesk.SaleParams). Amounts are base units of the asset, instants Unix seconds."""

    token: str
    asset: str
    proceeds: str
    price: int
    soft_cap: int
    hard_cap: int
    opens_at: int
    closes_at: int
    min_ticket: int
    max_ticket: int

    def packed(self) -> tuple[Any, ...]:
        return (
            self.token,
            self.asset,
            self.proceeds,
            self.price,
            self.soft_cap,
            self.hard_cap,
            self.opens_at,
            self.closes_at,
            self.min_ticket,
            self.max_ticket,
        )


@dataclass(frozen=True)
class DealOnChain:
    """How far a deal is on the chain."""

    token: str
    sale: str
    stage: int


@dataclass(frozen=True)
class EscrowOnChain:
    """An escrow on the chain; `state` 0 none, 1 held, 2 released, 3 refunded."""

    address: str
    state: int


class Contract:
    """A contract at an address."""

    artifact = ""

    def __init__(self, address: str) -> None:
        self.address = address

    def _call(self, function: str, *arguments: Any, value: int = 0) -> Call:
        return Call(to=self.address, data=abi.calldata(self.artifact, function, arguments), value=value)

    def _ask(self, chain: Chain, at: At, function: str, *arguments: Any) -> tuple[Any, ...]:
        return abi.answer(self.artifact, function, chain.call(self._call(function, *arguments), at=at))


class TenantFactory(Contract):
    """A tenant's factory."""

    artifact = "TenantFactory"

    def create_token(self, deal_id: UUID, name: str, symbol: str, decimals: int) -> Call:
        return self._call("createToken", abi.as_bytes32(deal_id), name, symbol, decimals)

    def create_sale(self, deal_id: UUID, terms: SaleTerms) -> Call:
        return self._call("createSale", abi.as_bytes32(deal_id), terms.packed())

    def configure_sale(self, deal_id: UUID) -> Call:
        return self._call("configureSale", abi.as_bytes32(deal_id))

    def activate_sale(self, deal_id: UUID) -> Call:
        return self._call("activateSale", abi.as_bytes32(deal_id))

    def open_escrow(self, investment_id: UUID, deal_id: UUID, amount: int, *, payer: str, value: int) -> Call:
        investment = abi.as_bytes32(investment_id, payer)
        return self._call("openEscrow", investment, abi.as_bytes32(deal_id), amount, value=value)

    def open_escrow_with_permit(
        self, investment_id: UUID, deal_id: UUID, amount: int, *, payer: str, deadline: int, v: int, r: bytes, s: bytes
    ) -> Call:
        investment = abi.as_bytes32(investment_id, payer)
        return self._call("openEscrowWithPermit", investment, abi.as_bytes32(deal_id), amount, deadline, v, r, s)

    def release(self, investment_id: UUID, *, payer: str) -> Call:
        return self._call("release", abi.as_bytes32(investment_id, payer))

    def release_many(self, investments: Sequence[bytes]) -> Call:
        """`investments` as contracts know them; all are released, or none."""
        return self._call("releaseMany", investments)

    def reject(self, investment_id: UUID, reason: str, *, payer: str) -> Call:
        """`reason` is kept as its first 32 bytes."""
        code = to_bytes(text=reason)[:32].ljust(32, b"\0")
        return self._call("reject", abi.as_bytes32(investment_id, payer), code)

    def deal_of(self, chain: Chain, deal_id: UUID, *, at: At) -> DealOnChain:
        return DealOnChain(*self._ask(chain, at, "dealOf", abi.as_bytes32(deal_id)))

    def escrow_of(self, chain: Chain, investment_id: UUID, *, payer: str, at: At) -> EscrowOnChain:
        investment = abi.as_bytes32(investment_id, payer)
        address, state, _opened_at, _requested = self._ask(chain, at, "escrowOf", investment)
        return EscrowOnChain(address, state)

    def is_operator(self, chain: Chain, address: str, *, at: At) -> bool:
        (role,) = self._ask(chain, at, "OPERATOR_ROLE")
        return bool(self._ask(chain, at, "hasRole", to_bytes(hexstr=role), address)[0])

    def read(self, log: Log) -> abi.Announcement | None:
        """Return what the factory announced in a log."""
        return abi.announcement(self.artifact, log)


class PlatformService(Contract):
    """The platform's contract on a chain."""

    artifact = "PlatformService"

    def create_tenant(self, tenant_id: UUID, admin: str, operator: str) -> Call:
        return self._call("createTenant", abi.as_bytes32(tenant_id), admin, operator)

    def pause(self) -> Call:
        return self._call("pause")

    def unpause(self) -> Call:
        return self._call("unpause")

    def factory_of(self, chain: Chain, tenant_id: UUID, *, at: At) -> str | None:
        (address,) = self._ask(chain, at, "factoryOf", abi.as_bytes32(tenant_id))
        return None if address == NATIVE else str(address)

    def factory_address(self, chain: Chain, tenant_id: UUID, *, at: At) -> str:
        return str(self._ask(chain, at, "factoryAddress", abi.as_bytes32(tenant_id))[0])


class Escrow(Contract):
    """One investment's escrow."""

    artifact = "Escrow"

    def refund(self) -> Call:
        return self._call("refund")


class TokenSale(Contract):
    """One deal's sale."""

    artifact = "TokenSale"

    def finalise(self) -> Call:
        return self._call("finalise")

    def fail(self, reason: str) -> Call:
        """`reason` is kept as its first 32 bytes."""
        return self._call("fail", to_bytes(text=reason)[:32].ljust(32, b"\0"))

    def pause(self) -> Call:
        return self._call("pause")

    def unpause(self) -> Call:
        return self._call("unpause")

    def claim_refund(self, investment_id: UUID, *, payer: str) -> Call:
        return self._call("claimRefund", abi.as_bytes32(investment_id, payer))


class Forwarder(Contract):
    """The platform's forwarder, which counts what relayers spend on each tenant's requests."""

    artifact = "Forwarder"

    def set_relayer(self, account: str, *, allowed: bool) -> Call:
        return self._call("setRelayer", account, allowed)

    def set_budget(self, factory: str, budget: int) -> Call:
        """`budget`: what may be spent from now on, in base units of the coin."""
        return self._call("setBudget", factory, budget)

    def budget_of(self, chain: Chain, factory: str, *, at: At) -> int:
        return int(self._ask(chain, at, "budgetOf", factory)[0])

    def is_relayer(self, chain: Chain, account: str, *, at: At) -> bool:
        return bool(self._ask(chain, at, "isRelayer", account)[0])


class Token(Contract):
    """A payment token. DemoEuro's ABI has every function of an ERC-20, and the local chain's `mint`."""

    artifact = "DemoEuro"

    def approve(self, spender: str, amount: int) -> Call:
        return self._call("approve", spender, amount)

    def mint(self, to: str, amount: int) -> Call:
        return self._call("mint", to, amount)

    def balance_of(self, chain: Chain, address: str, *, at: At) -> int:
        return int(self._ask(chain, at, "balanceOf", address)[0])

    def decimals(self, chain: Chain, *, at: At) -> int:
        return int(self._ask(chain, at, "decimals")[0])
