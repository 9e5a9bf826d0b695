"""Comparing the books with the chain, at one final block."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.integrations.chain.contracts import HELD, NATIVE, REFUNDED, RELEASED, TenantFactory, Token
from app.integrations.chain.port import Chain, ChainUnavailable
from app.modules.chain import service as chain
from app.modules.escrow.models import Escrow
from app.modules.ledger import service as ledger
from app.modules.ledger.service import Difference
from tenants.service import Site
from tenants.session import tenant_session

HOLDING = ("held", "releasing", "refunding")
SPENT = ("released", "returning", "returned")  # left the escrow for the sale


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what disagrees."""

    journals: int
    escrows: int
    block: int = 0  # the final block that was looked at; 0 without a chain
    differences: list[Difference] = field(default_factory=list)


def check(site: Site, port: Chain | None, settings: Any) -> Checked:
    """Check a tenant's books and, with a port, every paid escrow on the chain. Raises ChainUnavailable."""
    with tenant_session(site.id) as session:
        differences = ledger.check(session) + chain.fee_differences(session, now=clock.now())
        journals = ledger.count(session)
        paid = select(Escrow).where(Escrow.status.in_((*HOLDING, *SPENT, "refunded")))
        escrows = list(session.scalars(paid.order_by(Escrow.created_at)))
        booked = ledger.totals(session, "escrow_held")
        factory = chain.factory_address(session, settings.chain_id)
    here = [escrow for escrow in escrows if escrow.chain_id == settings.chain_id]
    block = 0
    if port is not None and factory is not None and (here or booked):
        final = port.block("finalized")
        if final is None:
            raise ChainUnavailable("The node names no final block.")
        block = final.number
        differences += _compare(port, TenantFactory(factory), here, booked, block)
    return Checked(journals, len(escrows), block, differences)


def _compare(
    port: Chain, factory: TenantFactory, escrows: list[Escrow], booked: dict[str, int], block: int
) -> list[Difference]:
    """Ask each escrow's state and money at one final block. A decision that isn't final yet is still held there.

    What somebody sent to an escrow beyond its amount is a gift and no difference: a stranger could stop payouts by it.
    """
    found, held = [], defaultdict[str, int](int)

    def differs(code: str, booked: int, counted: int, **values: str) -> None:
        found.append(Difference(code=code, values=values, booked=booked, counted=counted))

    for escrow in escrows:
        there = factory.escrow_of(port, escrow.id, payer=escrow.payer, at=block)
        if there.state == HELD:
            money = _money(port, escrow, block)
            held[escrow.asset.key] += min(money, escrow.amount)
            if money < escrow.amount:
                differs("money", escrow.amount, money, escrow=str(escrow.id))
        expected = _state(escrow)
        if there.state not in expected:
            differs("state", expected[0], there.state, escrow=str(escrow.id))
    for key in sorted({*booked, *held}):
        if held[key] != booked.get(key, 0):
            differs("held", booked.get(key, 0), held[key], asset=key)
    return found


def _state(escrow: Escrow) -> tuple[int, ...]:
    """Return the states that the contract may be in. A final decision can be a moment older than its booking."""
    if escrow.status in HOLDING:
        return (HELD,) if escrow.status == "held" else (HELD, RELEASED, REFUNDED)
    return (RELEASED,) if escrow.status in SPENT else (REFUNDED,)


def _money(port: Chain, escrow: Escrow, at: int) -> int:
    if escrow.asset_contract == NATIVE:
        return port.balance(escrow.address, at=at)
    return Token(escrow.asset_contract).balance_of(port, escrow.address, at=at)
