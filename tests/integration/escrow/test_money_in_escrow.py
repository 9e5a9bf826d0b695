"""Money on its way through escrow on a real chain: paid, held, released or sent back, booked once."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, outbox
from app.core.errors import Forbidden
from app.core.money import Asset
from app.core.permissions import Actor, Role
from app.integrations.chain import contracts
from app.modules.chain import service as chain
from app.modules.chain.tasks_installing import installed
from app.modules.compliance.events import VerificationApproved, VerificationRejected
from app.modules.escrow import service as escrow
from app.modules.escrow import service_booking, tasks_reconciling
from app.modules.escrow.errors import AlreadyPaid, NotHeld, NothingToPay, ReasonNeeded, TooEarly
from app.modules.ledger import service as ledger
from tenants import ids
from tenants import service as tenancy
from tests.support.desk import Desk
from tests.support.signing import send_as

AMOUNT = 500_000_000


def paid(desk: Desk, **changes: object) -> UUID:
    """Open a deal and have somebody pay; return the investment, its money held."""
    investment_id = desk.expect(desk.open_deal(**changes), desk.person())
    desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
    return investment_id


def booked(desk: Desk, kind: str) -> int:
    with desk.session() as session:
        return ledger.total(session, kind, asset=desk.asset.key)


def journals(desk: Desk) -> list[str]:
    """Return the kinds of what was booked, without the network's fees, whose order differs."""
    with desk.session() as session:
        kinds = session.execute(text("select kind from app.ledger_journals order by number")).scalars()
        return [kind for kind in kinds if kind != "gas"]


def balance(desk: Desk, address: str) -> int:
    return contracts.Token(desk.euro).balance_of(desk.ports.chain, address, at="latest")


def agrees(desk: Desk) -> bool:
    return tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []


def approve(desk: Desk, investment_id: UUID) -> None:
    with desk.session() as session:
        escrow.approve(session, actor=desk.officer, investment_id=investment_id, now=clock.now())


def reject(desk: Desk, investment_id: UUID) -> None:
    with desk.session() as session:
        escrow.reject(session, actor=desk.officer, investment_id=investment_id, reason="no proof", now=clock.now())


def test_a_payment_arrives_then_is_held_and_booked_at_finality(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    for _ in range(3):
        desk.tick()
    assert desk.escrow(investment_id).status == "arriving"
    assert journals(desk) == []
    desk.settle()
    kept = desk.escrow(investment_id)
    assert kept.status == "held"
    assert kept.decide_by is not None
    assert kept.expires_at is not None
    assert kept.expires_at - kept.decide_by == timedelta(days=16)
    assert (booked(desk, "chain_custody"), booked(desk, "escrow_held")) == (AMOUNT, AMOUNT)
    assert [fact for fact in desk.facts() if fact.startswith("Escrow")] == ["EscrowArriving", "EscrowHeld"]
    assert agrees(desk)


def test_an_approval_brings_the_money_to_the_sale_and_tokens_to_the_payer(desk: Desk) -> None:
    investment_id = paid(desk)
    approve(desk, investment_id)
    assert desk.escrow(investment_id).status == "releasing"
    desk.settle()
    kept = desk.escrow(investment_id)
    assert (kept.status, kept.tokens) == ("released", 5 * 10**18)
    assert (booked(desk, "escrow_held"), booked(desk, "chain_custody")) == (0, AMOUNT)
    assert booked(desk, "deal_proceeds") + booked(desk, "fees_due") == AMOUNT
    assert desk.facts().count("EscrowReleased") == 1
    assert agrees(desk)


def test_a_rejection_brings_the_money_back(desk: Desk) -> None:
    investment_id = paid(desk)
    before = balance(desk, desk.escrow(investment_id).payer)
    reject(desk, investment_id)
    desk.settle()
    kept = desk.escrow(investment_id)
    assert (kept.status, kept.cause, kept.reason) == ("refunded", "rejected", "no proof")
    assert balance(desk, kept.payer) == before + AMOUNT
    assert (booked(desk, "escrow_held"), booked(desk, "chain_custody")) == (0, 0)
    assert agrees(desk)


def test_who_is_verified_already_has_the_money_released_at_once(desk: Desk) -> None:
    tenancy.change_settings(desk.site.id, {"required_level": "basic"})
    investment_id = desk.expect(desk.open_deal(), desk.person(verified=True))
    desk.pay(investment_id)
    desk.settle()
    desk.settle()
    assert desk.escrow(investment_id).status == "released"


def test_a_verification_decides_about_everything_held_of_that_person_alone(desk: Desk) -> None:
    deal_id, alice, bob = desk.open_deal(), desk.person(), desk.person(verified=False)
    of_alice, of_bob = desk.expect(deal_id, alice), desk.expect(deal_id, bob)
    for investment_id in (of_alice, of_bob):
        desk.pay(investment_id)
    desk.settle()
    tenancy.change_settings(desk.site.id, {"required_level": "basic"})
    with desk.session() as session:
        outbox.record(session, VerificationApproved(alice, ids.new(), "basic"))
        outbox.record(session, VerificationRejected(bob, ids.new(), "basic"))
    desk.settle()
    assert (desk.escrow(of_alice).status, desk.escrow(of_bob).status) == ("released", "refunded")
    assert agrees(desk)


def test_a_reorganisation_before_finality_credits_nothing_and_the_payment_comes_again_once(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    for _ in range(3):
        desk.tick()
    assert desk.escrow(investment_id).status == "arriving"
    desk.reorg(1)
    desk.tick()
    assert desk.facts().count("EscrowVanished") == 1
    assert journals(desk) == []
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
    assert journals(desk) == ["escrow.deposit"]
    assert booked(desk, "escrow_held") == AMOUNT
    assert agrees(desk)


def test_catching_up_again_and_again_books_once(desk: Desk) -> None:
    investment_id = paid(desk)
    approve(desk, investment_id)
    desk.settle()
    facts = desk.facts()
    for _ in range(3):
        with desk.session() as session:
            service_booking.catch_up(session, investment_id, now=clock.now())
    assert journals(desk) == ["escrow.deposit", "escrow.release"]
    assert desk.facts() == facts


def test_after_fourteen_days_the_payer_takes_the_money_back_without_the_platform(desk: Desk) -> None:
    investment_id = paid(desk)
    kept = desk.escrow(investment_id)
    with desk.session() as session, pytest.raises(TooEarly):
        escrow.refund_transaction(session, kept)
    desk.travel(timedelta(days=14, seconds=5))
    desk.tick()
    kept = desk.escrow(investment_id)
    assert kept.may_take_back
    assert desk.facts().count("EscrowUndecided") == 1
    with desk.session() as session:
        prepared = escrow.refund_transaction(session, kept)
        escrow.refund_with_demo_wallet(
            session, actor=desk.system, investment_id=investment_id, settings=desk.settings, now=clock.now()
        )
    assert prepared.to == kept.address
    before = balance(desk, kept.payer)
    desk.settle()
    kept = desk.escrow(investment_id)
    assert (kept.status, kept.cause) == ("refunded", "undecided")
    assert balance(desk, kept.payer) == before + AMOUNT
    assert agrees(desk)


def test_after_thirty_days_the_money_goes_back_by_itself(desk: Desk) -> None:
    investment_id = paid(desk)
    desk.travel(timedelta(days=30, seconds=5))
    desk.settle()
    kept = desk.escrow(investment_id)
    assert (kept.status, kept.cause) == ("refunded", "expired")
    assert desk.facts().count("EscrowExpired") == 1
    assert agrees(desk)


def test_a_decision_that_the_contract_refuses_leaves_the_money_held_and_can_be_taken_again(desk: Desk) -> None:
    investment_id = paid(desk)
    service = contracts.PlatformService(_service(desk))
    _by_owner(desk, service.pause())
    approve(desk, investment_id)
    desk.settle()
    kept = desk.escrow(investment_id)
    assert (kept.status, kept.problem) == ("held", "EscrowDesk_Paused()")
    _by_owner(desk, service.unpause())
    approve(desk, investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "released"
    assert desk.escrow(investment_id).problem == ""


def test_a_refund_works_while_everything_is_paused(desk: Desk) -> None:
    investment_id = paid(desk)
    service = contracts.PlatformService(_service(desk))
    _by_owner(desk, service.pause())
    try:
        reject(desk, investment_id)
        desk.settle()
        assert desk.escrow(investment_id).status == "refunded"
    finally:
        _by_owner(desk, service.unpause())


def test_a_payment_that_is_not_exactly_the_expected_one_waits_in_suspense_and_can_be_sent_back(desk: Desk) -> None:
    deal_id, alice = desk.open_deal(), desk.person()
    investment_id = desk.expect(deal_id, alice)
    desk.pay(investment_id)
    with desk.session() as session:
        row = escrow.of_investment(session, investment_id)
        assert row is not None
        row.amount = AMOUNT + 1
    desk.settle()
    assert desk.escrow(investment_id).status == "expected"
    with desk.session() as session:
        stray = escrow.strays(session)[0]
    assert (stray.amount, stray.why) == (AMOUNT, "it is another amount")
    assert booked(desk, "escrow_held") == 0
    with desk.session() as session:
        escrow.send_back(session, actor=desk.officer, stray_id=stray.id, now=clock.now())
    desk.settle()
    with desk.session() as session:
        assert escrow.strays(session) == []
    assert journals(desk) == ["escrow.stray", "escrow.stray"]
    assert balance(desk, stray.payer) == AMOUNT


def test_a_payment_for_something_forgotten_is_credited_to_nobody(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    with desk.session() as session:
        escrow.forget(session, investment_id=investment_id, now=clock.now())
    desk.settle()
    assert desk.escrow(investment_id).status == "forgotten"
    with desk.session() as session:
        assert [stray.why for stray in escrow.strays(session)] == ["it was no longer expected"]


def test_pressing_the_demo_button_many_times_pays_once(desk: Desk) -> None:
    investment_id = desk.expect(desk.open_deal(), desk.person())
    for _ in range(3):
        desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
    with desk.session() as session, pytest.raises(NothingToPay):
        escrow.payment(session, desk.escrow(investment_id))
    with desk.session() as session:
        assert [intent.kind for intent in chain.intents_about(session, investment_id)] == [
            "demo.mint", "demo.pay", "demo.pay",
        ]  # fmt: skip


def test_a_demo_payment_that_failed_can_be_tried_again(desk: Desk) -> None:
    opens = desk.spec().opens_at + timedelta(hours=1)
    investment_id = desk.expect(desk.open_deal(opens_at=opens), desk.person())
    desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "expected"
    with desk.session() as session:
        assert [intent.state for intent in chain.intents_about(session, investment_id)] == ["final", "final", "refused"]
    desk.travel(timedelta(hours=1))
    desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "held"


def test_native_coin_is_held_and_sent_back_too(desk: Desk) -> None:
    asset = Asset("ETH", 18, 6, chain_id=desk.settings.chain_id, contract=chain.ZERO_ADDRESS)
    deal_id = desk.open_deal(
        asset=chain.ZERO_ADDRESS, price=10**15, soft_cap=10**15, hard_cap=10**20, min_ticket=10**15
    )
    alice, investment_id = desk.person(), ids.new()
    with desk.session() as session:
        expected = escrow.expect(
            session, investment_id=investment_id, deal_id=deal_id, user_id=alice, asset=asset, amount=5 * 10**15,
            payer=chain.demo_address(alice, desk.settings), now=clock.now(),
        )  # fmt: skip
        prepared = escrow.payment(session, expected)
    assert [one.value for one in prepared] == [5 * 10**15]
    desk.pay(investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "held"
    assert agrees(desk)
    reject(desk, investment_id)
    desk.settle()
    assert desk.escrow(investment_id).status == "refunded"
    assert agrees(desk)


def test_the_check_against_the_chain_finds_what_only_the_books_say(desk: Desk) -> None:
    investment_id = paid(desk)
    with desk.session() as session:
        lines = [
            ledger.Line(account="chain_custody", asset=desk.asset.key, amount=1),
            ledger.Line(account="escrow_held", asset=desk.asset.key, amount=-1),
        ]
        ledger.post(session, key="made up", kind="test", cause="test", lines=lines, now=clock.now())
    found = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences
    assert [(one.booked, one.counted) for one in found] == [(AMOUNT + 1, AMOUNT)]
    with desk.session() as session:
        session.execute(text("update app.escrows set status = 'releasing' where id = :id"), {"id": investment_id})
        session.execute(text("update app.escrows set status = 'released' where id = :id"), {"id": investment_id})
    found = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences
    assert any("the state of escrow" in one.what for one in found)


def test_only_officers_decide_and_only_with_a_reason_about_what_is_held(desk: Desk) -> None:
    investment_id = paid(desk)
    for role in (Role.INVESTOR, Role.ISSUER, Role.TENANT_ADMIN):
        actor = Actor(desk.site.id, ids.new(), frozenset({role}))
        with desk.session() as session, pytest.raises(Forbidden):
            escrow.approve(session, actor=actor, investment_id=investment_id, now=clock.now())
    with desk.session() as session, pytest.raises(ReasonNeeded):
        escrow.reject(session, actor=desk.officer, investment_id=investment_id, reason=" ", now=clock.now())
    approve(desk, investment_id)
    with desk.session() as session, pytest.raises(NotHeld):
        escrow.reject(session, actor=desk.officer, investment_id=investment_id, reason="late", now=clock.now())
    with desk.session() as session, pytest.raises(AlreadyPaid):
        escrow.forget(session, investment_id=investment_id, now=clock.now())


def _service(desk: Desk) -> str:
    return installed(desk.settings.chain_id)["PlatformService"]


def _by_owner(desk: Desk, call: contracts.Call) -> None:
    send_as(desk.settings, "owner", call, desk.ports.chain)
