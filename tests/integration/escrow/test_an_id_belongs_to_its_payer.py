"""A stranger who sees an investment's id on its way to the chain can neither use it up nor pass for its payer."""

import time
from uuid import UUID

from app.core import clock
from app.integrations.chain import contracts
from app.integrations.chain.port import Call
from app.modules.escrow import service as escrow
from app.modules.escrow import tasks_reconciling
from tests.support.desk import Desk

AMOUNT = 500_000_000
PATIENCE = 30.0  # seconds
MALLORY = "0x3A11000000000000000000000000000000003a11"


def send(desk: Desk, call: Call) -> str:
    """Send a call as mallory, whose key the local chain doesn't ask for; return the receipt's status."""
    order = {"from": MALLORY, "to": call.to, "data": call.data, "value": hex(call.value), "gas": hex(600_000)}
    sent = desk.rpc("eth_sendTransaction", order)
    until = time.monotonic() + PATIENCE
    while (receipt := desk.rpc("eth_getTransactionReceipt", sent)) is None:  # the block comes a moment later
        assert time.monotonic() < until
    assert isinstance(receipt, dict)
    return str(receipt["status"])


def squat(desk: Desk, investment_id: UUID, deal_id: UUID, *, payer: str) -> str:
    """Let mallory pay under an investment's number, as if its payer was `payer`."""
    desk.rpc("anvil_impersonateAccount", MALLORY)
    desk.rpc("anvil_setBalance", MALLORY, hex(10**18))
    money = contracts.Token(desk.euro)
    assert send(desk, money.mint(MALLORY, AMOUNT)) == "0x1"
    assert send(desk, money.approve(desk.factory, AMOUNT)) == "0x1"
    factory = contracts.TenantFactory(desk.factory)
    return send(desk, factory.open_escrow(investment_id, deal_id, AMOUNT, payer=payer, value=0))


def test_a_strangers_deposit_under_the_same_number_does_not_stand_in_the_way(desk: Desk) -> None:
    deal_id = desk.open_deal()
    investment_id = desk.expect(deal_id, desk.person())
    assert squat(desk, investment_id, deal_id, payer=MALLORY) == "0x1"
    desk.settle()
    assert desk.escrow(investment_id).status == "expected"
    desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
    with desk.session() as session:
        stray = escrow.strays(session)[0]
        assert (stray.why, stray.amount) == ("it came from another address", AMOUNT)
        escrow.send_back(session, actor=desk.officer, stray_id=stray.id, now=clock.now())
    desk.settle()
    with desk.session() as session:
        assert escrow.strays(session) == []
    assert desk.escrow(investment_id).status == "held"  # what became of the stranger's money isn't alice's
    assert contracts.Token(desk.euro).balance_of(desk.ports.chain, MALLORY, at="latest") == AMOUNT
    assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []


def test_a_strangers_deposit_under_the_payers_own_id_is_refused_by_the_contract(desk: Desk) -> None:
    deal_id = desk.open_deal()
    investment_id = desk.expect(deal_id, desk.person())
    assert squat(desk, investment_id, deal_id, payer=desk.escrow(investment_id).payer) == "0x0"
