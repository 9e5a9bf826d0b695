"""After the pledge: payer, hint, cancelling, running out, and what escrow reports."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.permissions import system
from app.integrations.chain.port import Call
from app.modules.chain import service as chain
from app.modules.chain.models import ChainIntent
from app.modules.deals import service as deals
from app.modules.deals.errors import NotOpen
from app.modules.escrow import service as escrow
from app.modules.escrow.events import EscrowArriving, EscrowHeld, EscrowRefunded, EscrowReleased, EscrowVanished
from app.modules.escrow.models import Escrow
from app.modules.investments import handlers, queries, rules, service
from app.modules.investments.errors import NotPossibleNow, PayerFixed, UnknownInvestment
from app.modules.investments.models import Investment
from app.modules.notifications.models import Notice
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.investing import EUR, WALLET, Cast, answered, person, pledge

HASH = "0x" + "ab" * 32


@pytest.fixture
def pledged(acme: Site, cast: Cast, now: datetime) -> UUID:
    with tenant_session(acme.id) as session:
        return pledge(session, cast.alice, answered(session, cast.alice, cast.deal_id, now=now), now=now).id


@pytest.fixture
def session(acme: Site, pledged: UUID) -> Iterator[Session]:
    with tenant_session(acme.id) as opened:
        yield opened


def expect(session: Session, cast: Cast, investment_id: UUID, now: datetime, payer: str = WALLET) -> Escrow:
    """Know the payer as set_payer does, without contracts to prepare a payment for."""
    investment = queries.get(session, investment_id)
    investment.payer = payer
    return escrow.expect(
        session,
        investment_id=investment_id,
        deal_id=cast.deal_id,
        user_id=cast.alice.require_id(),
        payer=payer,
        asset=investment.asset,
        amount=investment.amount,
        now=now,
    )


def subject(cast: Cast, investment_id: UUID) -> dict[str, object]:
    return {
        "investment_id": investment_id,
        "deal_id": cast.deal_id,
        "user_id": cast.alice.require_id(),
        "amount": 10_000 * EUR,
    }


def hold(session: Session, cast: Cast, investment_id: UUID, now: datetime) -> Investment:
    end = {"decide_by": now + timedelta(days=14), "expires_at": now + timedelta(days=30)}
    handlers.on_held(session, EscrowHeld(**subject(cast, investment_id), tx_hash=HASH, **end), now=now)  # type: ignore[arg-type]
    return queries.get(session, investment_id)


def money(session: Session, cast: Cast) -> tuple[int, int]:
    deal = deals.for_investment(session, cast.deal_id)
    return deal.reserved // EUR, deal.raised // EUR


def told(session: Session, user_id: UUID | None) -> list[str]:
    return list(session.scalars(select(Notice.kind).where(Notice.user_id == user_id)))


def test_a_deposit_goes_from_arriving_to_held_to_confirmed(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    expect(session, cast, pledged, now)
    handlers.on_arriving(session, EscrowArriving(**subject(cast, pledged), tx_hash=HASH), now=now)  # type: ignore[arg-type]
    assert queries.get(session, pledged).status == "arriving"
    assert money(session, cast) == (10_000, 0)
    assert hold(session, cast, pledged, now).status == "held"
    assert money(session, cast) == (0, 10_000)
    released = EscrowReleased(
        **subject(cast, pledged),
        tx_hash=HASH,
        tokens=10 * 10**18,
        to_sale=9_950 * EUR,
        fee=50 * EUR,  # type: ignore[arg-type]
    )
    handlers.on_released(session, released, now=now)
    kept = queries.get(session, pledged)
    assert (kept.status, kept.fee, kept.completed_at) == ("completed", 50 * EUR, now)
    assert money(session, cast) == (0, 10_000)
    assert told(session, cast.alice.user_id) == ["investment-held", "investment-confirmed"]
    assert told(session, cast.irene.user_id) == ["investment-received"]


def test_a_refund_gives_the_room_back(session: Session, cast: Cast, pledged: UUID, now: datetime) -> None:
    hold(session, cast, pledged, now)
    refunded = EscrowRefunded(**subject(cast, pledged), tx_hash=HASH, cause="rejected")  # type: ignore[arg-type]
    handlers.on_refunded(session, refunded, now=now)
    assert queries.get(session, pledged).status == "refunded"
    assert money(session, cast) == (0, 0)
    assert "investment-refunded" in told(session, cast.alice.user_id)


def test_the_same_report_twice_books_once(session: Session, cast: Cast, pledged: UUID, now: datetime) -> None:
    hold(session, cast, pledged, now)
    hold(session, cast, pledged, now)
    assert money(session, cast) == (0, 10_000)


def test_a_release_that_overtakes_the_deposit_waits_for_it(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    with pytest.raises(NotPossibleNow):
        service.complete(session, investment_id=pledged, tokens=1, fee=0, now=now)


def test_a_deposit_that_the_chain_undoes_is_waited_for_again(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    service.arrived(session, investment_id=pledged, now=now)
    handlers.on_vanished(session, EscrowVanished(**subject(cast, pledged)), now=now)  # type: ignore[arg-type]
    assert queries.get(session, pledged).status == "pledged"
    assert money(session, cast) == (10_000, 0)


def test_an_unpaid_pledge_runs_out_at_its_time_and_not_before(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    expect(session, cast, pledged, now)
    early = now + rules.RESERVED_FOR - timedelta(seconds=1)
    assert service.expire(session, investment_id=pledged, now=early).status == "pledged"
    assert service.expire(session, investment_id=pledged, now=now + rules.RESERVED_FOR).status == "expired"
    assert money(session, cast) == (0, 0)
    kept = escrow.of_investment(session, pledged)
    assert kept is not None
    assert kept.status == "forgotten"
    assert service.expire(session, investment_id=pledged, now=now + timedelta(days=1)).status == "expired"


def test_money_that_was_seen_keeps_the_pledge_from_running_out(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    expect(session, cast, pledged, now).status = "arriving"
    session.flush()
    assert service.expire(session, investment_id=pledged, now=now + timedelta(hours=1)).status == "pledged"
    assert money(session, cast) == (10_000, 0)


def test_renewing_moves_the_end(session: Session, cast: Cast, pledged: UUID, now: datetime) -> None:
    later = now + timedelta(minutes=20)
    renewed = service.renew(session, actor=cast.alice, investment_id=pledged, now=later)
    assert renewed.pay_by == later + rules.RESERVED_FOR
    assert service.expire(session, investment_id=pledged, now=now + rules.RESERVED_FOR).status == "pledged"


def test_a_hint_keeps_the_room_longer_and_moves_nothing_else(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    hinted = service.tell_sent(session, actor=cast.alice, investment_id=pledged, tx_hash=HASH, now=now)
    assert (hinted.status, hinted.pay_by) == ("pledged", now + rules.SENT_GRACE)
    again = now + timedelta(hours=1)
    assert (
        service.tell_sent(session, actor=cast.alice, investment_id=pledged, tx_hash="0x" + "cd" * 32, now=again).pay_by
        == now + rules.SENT_GRACE
    )


def test_an_investor_may_leave_until_something_was_sent(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    service.tell_sent(session, actor=cast.alice, investment_id=pledged, tx_hash=HASH, now=now)
    with pytest.raises(PayerFixed):
        service.cancel(session, actor=cast.alice, investment_id=pledged, now=now)
    with pytest.raises(PayerFixed):
        service.set_payer(session, actor=cast.alice, investment_id=pledged, address="0x" + "11" * 20, now=now)


def test_cancelling_frees_the_room_and_lets_one_begin_again(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    service.cancel(session, actor=cast.alice, investment_id=pledged, now=now)
    assert money(session, cast) == (0, 0)
    assert answered(session, cast.alice, cast.deal_id, now=now).id != pledged
    with pytest.raises(NotPossibleNow):
        service.cancel(session, actor=cast.alice, investment_id=pledged, now=now)


def test_held_money_cannot_be_cancelled(session: Session, cast: Cast, pledged: UUID, now: datetime) -> None:
    hold(session, cast, pledged, now)
    with pytest.raises(NotPossibleNow):
        service.cancel(session, actor=cast.alice, investment_id=pledged, now=now)
    assert money(session, cast) == (0, 10_000)


def test_nobody_acts_on_somebody_elses_investment(
    session: Session, acme: Site, cast: Cast, pledged: UUID, now: datetime
) -> None:
    bob = person(session, acme, "bob", now=now)
    with pytest.raises(UnknownInvestment):
        service.cancel(session, actor=bob, investment_id=pledged, now=now)
    with pytest.raises(UnknownInvestment):
        service.tell_sent(session, actor=bob, investment_id=pledged, tx_hash=HASH, now=now)


def demo_pays(session: Session, investment_id: UUID, now: datetime) -> ChainIntent:
    """Ask the demo wallet to pay, as the service does, and leave it at that: the chain is away."""
    call = Call(to=WALLET, data="0x")
    about = {"subject_id": investment_id, "chain_id": 31337, "signer": "demo-x", "call": call, "now": now}
    deposit = chain.intend(session, key=f"demo:{investment_id}:1", kind="demo.pay", **about)  # type: ignore[arg-type]
    approval = chain.intend(session, key=f"demo:{investment_id}:0", kind="demo.pay", **about)  # type: ignore[arg-type]
    approval.state = "final"
    session.flush()
    return deposit


def test_a_payment_that_the_demo_wallet_is_making_keeps_its_pledge_and_its_payer(
    session: Session, cast: Cast, pledged: UUID, now: datetime
) -> None:
    expect(session, cast, pledged, now)
    intent = demo_pays(session, pledged, now)
    late = now + rules.RESERVED_FOR + timedelta(hours=3)
    assert service.expire(session, investment_id=pledged, now=late).status == "pledged"
    with pytest.raises(PayerFixed):
        service.cancel(session, actor=cast.alice, investment_id=pledged, now=now)
    with pytest.raises(PayerFixed):
        service.set_payer(session, actor=cast.alice, investment_id=pledged, address="0x" + "11" * 20, now=now)
    intent.state = "refused"
    session.flush()
    assert service.expire(session, investment_id=pledged, now=late + rules.RESERVED_FOR).status == "expired"


@pytest.mark.parametrize("verb", ["pause", "cancel", "close"])
def test_nothing_is_paid_into_a_deal_that_is_paused_or_came_to_nothing(
    session: Session, acme: Site, cast: Cast, pledged: UUID, now: datetime, verb: str
) -> None:
    options = {} if verb == "close" else {"reason": "A doubt."}
    getattr(deals, verb)(session, actor=system(acme.id), deal_id=cast.deal_id, now=now, **options)
    with pytest.raises(NotOpen):
        service.set_payer(session, actor=cast.alice, investment_id=pledged, address=WALLET, now=now)


@pytest.mark.parametrize(("verb", "reason"), [("cancel", "deal cancelled"), ("close", "deal failed")])
def test_a_payment_that_comes_too_late_for_its_deal_is_marked_to_go_back(
    session: Session, acme: Site, cast: Cast, pledged: UUID, now: datetime, verb: str, reason: str
) -> None:
    expect(session, cast, pledged, now)
    options = {} if verb == "close" else {"reason": "A doubt."}
    getattr(deals, verb)(session, actor=system(acme.id), deal_id=cast.deal_id, now=now, **options)
    kept = escrow.of_investment(session, pledged)
    assert kept is not None
    assert (kept.status, kept.reason, kept.decided_at) == ("expected", reason, now)
