"""Escrows that hold money on a real chain, and their releases: what batches of transactions are made of."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core import clock
from app.integrations.chain import abi
from app.integrations.chain.contracts import RELEASED, TenantFactory, Token
from app.integrations.chain.port import Call
from app.modules.chain import queries, service, tasks_sending
from app.modules.chain.models import ChainIntent
from tenants import ids
from tests.support.desk import Desk

AMOUNT = 100_000_000


@dataclass
class Till:
    """An open deal into which a wallet of the chain's own pays, past all pages and books."""

    desk: Desk
    deal_id: UUID
    payer: str = ""
    held: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        accounts = self.desk.rpc("eth_accounts")
        assert isinstance(accounts, list)
        self.payer = service.checked_address(accounts[-1][:2] + accounts[-1][2:].lower())

    def pay(self, count: int) -> None:
        """Let so many escrows more hold money."""
        euro = Token(self.desk.euro)
        self.send(euro.mint(self.payer, count * AMOUNT))
        self.send(euro.approve(self.desk.factory, count * AMOUNT))
        for _ in range(count):
            self.held.append(ids.new())
            factory = TenantFactory(self.desk.factory)
            self.send(factory.open_escrow(self.held[-1], self.deal_id, AMOUNT, payer=self.payer, value=0))

    def ask(self, count: int) -> list[UUID]:
        """Ask for the release of so many escrows that hold money; return the intents."""
        if len(self.held) < count:
            self.pay(count - len(self.held))
        return [self.ask_for(self.held.pop()) for _ in range(count)]

    def ask_for(self, investment_id: UUID) -> UUID:
        """Ask for the release of this one; a second time once the first had no effect."""
        with self.desk.session() as session:
            return service.decide_escrow(
                session, key=f"test:{investment_id}:{ids.new()}", chain_id=self.desk.settings.chain_id,
                investment_id=investment_id, payer=self.payer, verdict="release", reason="", now=clock.now(),
            ).id  # fmt: skip

    def take_back(self, investment_id: UUID, *, payer: str = "") -> None:
        """Send its money back at once, behind the platform's back: by an operator of the chain's own, at any price."""
        role = self._asked("OPERATOR_ROLE")
        admin = self.desk.ports.keys.address(f"admin-{self.desk.site.id}")
        self.desk.ports.chain.grant_coin(admin, 10**18)
        grant = abi.calldata("TenantFactory", "grantRole", (bytes.fromhex(role), self.payer))
        self.send(Call(to=self.desk.factory, data=grant), sender=admin, tip=50 * 10**9)
        reject = TenantFactory(self.desk.factory).reject(investment_id, "other", payer=payer or self.payer)
        self.send(reject, tip=50 * 10**9)

    def _asked(self, function: str) -> str:
        call = {"to": self.desk.factory, "data": abi.calldata("TenantFactory", function, ())}
        return str(self.desk.rpc("eth_call", call, "latest"))[2:]

    def is_released(self, investment_id: UUID) -> bool:
        factory = TenantFactory(self.desk.factory)
        escrow = factory.escrow_of(self.desk.ports.chain, investment_id, payer=self.payer, at="latest")
        return escrow.state == RELEASED

    def intents(self, found: Sequence[UUID]) -> list[ChainIntent]:
        with self.desk.session() as session:
            return [queries.intent(session, one) for one in found]

    def intent(self, found: UUID) -> ChainIntent:
        return self.intents([found])[0]

    def carrier(self, member: UUID) -> ChainIntent:
        """Return what carries this release, or carried it."""
        carried_by = self.intent(member).carried_by
        assert carried_by is not None
        return self.intent(carried_by)

    def push(self, intent_id: UUID) -> str:
        return tasks_sending.push(self.desk.context, intent_id)

    def push_out(self, intent_id: UUID) -> str:
        """Push until the signer has answered, however busy this machine is."""
        until = time.monotonic() + 15
        while (state := self.push(intent_id)) in ("prepared", "signed") and time.monotonic() < until:
            pass
        return state

    def send(self, call: Call, *, sender: str = "", tip: int = 10**9) -> None:
        """Send what no platform asked for; with a high tip it goes before what the platform sent."""
        if sender:
            self.desk.rpc("anvil_impersonateAccount", sender)
        what = {
            "from": sender or self.payer, "to": call.to, "data": call.data, "gas": hex(1_000_000),
            "maxFeePerGas": hex(100 * 10**9), "maxPriorityFeePerGas": hex(tip),
        }  # fmt: skip
        self.desk.rpc("eth_sendTransaction", what)
        if sender:
            self.desk.rpc("anvil_stopImpersonatingAccount", sender)
