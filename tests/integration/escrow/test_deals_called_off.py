"""Money meant for a deal that came to nothing, or paid by somebody refused, goes back wherever it was on its way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID

import pytest

from app.core import clock
from app.modules.chain import service as chain
from app.modules.compliance import service as compliance
from app.modules.compliance.models import Case
from app.modules.escrow import queries, tasks_reconciling
from app.modules.escrow import service as escrow
from app.modules.escrow.errors import AlreadyPaid
from tenants import service as tenancy
from tests.support.desk import Desk


def call_off(desk: Desk, deal_id: UUID) -> None:
    with desk.session() as session:
        escrow.call_off(session, actor=desk.system, deal_id=deal_id, reason="deal cancelled", now=clock.now())


def went_back(desk: Desk, investment_id: UUID, reason: str) -> bool:
    kept = desk.escrow(investment_id)
    agrees = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []
    return agrees and (kept.status, kept.cause, kept.reason) == ("refunded", "rejected", reason)


def test_what_is_held_goes_back_when_its_deal_is_called_off(desk: Desk) -> None:
    deal_id, other = desk.open_deal(), desk.open_deal()
    paid, elsewhere = desk.expect(deal_id, desk.person()), desk.expect(other, desk.person())
    desk.pay(paid)
    desk.pay(elsewhere)
    desk.settle()
    call_off(desk, deal_id)
    desk.settle()
    assert went_back(desk, paid, "deal cancelled")
    assert desk.escrow(elsewhere).status == "held"


def test_what_arrives_after_its_deal_was_called_off_goes_back_though_the_payer_is_verified(desk: Desk) -> None:
    tenancy.change_settings(desk.site.id, {"required_level": "basic"})
    deal_id = desk.open_deal()
    arriving, expected = desk.expect(deal_id, desk.person()), desk.expect(deal_id, desk.person())
    desk.pay(arriving)
    for _ in range(3):
        desk.tick()
    assert desk.escrow(arriving).status == "arriving"
    call_off(desk, deal_id)
    desk.pay(expected)
    desk.settle()
    assert went_back(desk, arriving, "deal cancelled")
    assert went_back(desk, expected, "deal cancelled")
    assert "EscrowReleased" not in desk.facts()


def test_money_of_somebody_who_was_refused_in_the_meantime_goes_back_on_arrival(desk: Desk) -> None:
    payer = desk.person()
    investment_id = desk.expect(desk.open_deal(), payer)
    with desk.session() as session:
        compliance.vouch(session, actor=desk.system, user_id=payer, level="standard", now=clock.now())
        session.query(Case).filter_by(user_id=payer).update({"status": "rejected", "expires_at": None})
    desk.pay(investment_id)
    desk.settle()
    assert went_back(desk, investment_id, "verification rejected")


def test_a_payer_cannot_be_changed_while_the_payment_is_being_noted(desk: Desk) -> None:
    user_id = desk.person()
    deal_id = desk.start_deal()
    investment_id = desk.expect(deal_id, user_id)
    first, noted = desk.escrow(investment_id).payer, Event()

    def change() -> None:
        noted.wait(10)
        with desk.session() as session:
            escrow.expect(
                session, investment_id=investment_id, deal_id=deal_id, user_id=user_id, asset=desk.asset,
                payer="0x70997970C51812dc3A010C7d01b50e0d17dc79C8", amount=500_000_000, now=clock.now(),
            )  # fmt: skip

    with ThreadPoolExecutor(1) as apart:
        with desk.session() as session:
            changing = apart.submit(change)
            queries.get(session, investment_id, lock=True).status = "arriving"
            session.flush()
            noted.set()
            Event().wait(0.3)  # the other one stands at the lock now; without it, it would have read what was before
        with pytest.raises(AlreadyPaid):
            changing.result(10)
    assert desk.escrow(investment_id).payer == first


def test_money_that_nobody_expects_can_be_sent_back_again_where_the_chain_refused_it(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    with desk.session() as session:
        queries.get(session, investment_id).amount += 1
    desk.settle()
    with desk.session() as session:
        stray_id = escrow.strays(session)[0].id
        escrow.send_back(session, actor=desk.officer, stray_id=stray_id, now=clock.now())
        asked = chain.intents_about(session, investment_id)[-1]
        chain.refuse(session, asked, state="refused", error="the token is frozen", now=clock.now())
    desk.settle()
    with desk.session() as session:
        assert [stray.returning_at for stray in escrow.strays(session)] == [None]
        escrow.send_back(session, actor=desk.officer, stray_id=stray_id, now=clock.now())
    desk.settle()
    with desk.session() as session:
        assert escrow.strays(session) == []
