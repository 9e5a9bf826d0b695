"""A deal's end reaches its sale on the chain, and what the sale announces is booked: real contracts, no stand-ins."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain import abi
from app.integrations.chain.contracts import Token, TokenSale
from app.integrations.chain.port import Call
from app.modules.chain import service as chain
from app.modules.chain.models import ChainIntent
from app.modules.deals import service as deals
from app.modules.deals.errors import SaleUndecided
from app.modules.deals.models import DealSale
from app.modules.escrow import service as escrow
from app.modules.escrow import tasks_reconciling
from app.modules.investments import queries as investments_queries
from app.modules.investments import service as investments
from app.modules.investments.errors import NotPossibleNow
from app.modules.ledger import service as ledger
from tenants.service import Site
from tests.support import dealing
from tests.support.desk import Desk, fresh_chain, instant
from tests.support.investing import EUR, answered, person, pledge
from tests.support.signing import send_as


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Offer:
    """Irene's deal on the chain: minimum 250,000, tickets up to 60,000; and the people who pay."""

    desk: Desk
    irene: Actor
    deal_id: UUID
    paid: list[UUID] = field(default_factory=list)

    def invest(self, name: str, amount: int = 50_000, *, verified: bool = True) -> UUID:
        """Let somebody pledge and pay; a verified payer's money is released at once."""
        now = clock.now()
        with self.desk.session() as session:
            who = person(session, self.desk.site, name, now=now, verified=True)
            made = pledge(session, who, answered(session, who, self.deal_id, now=now, amount=amount * EUR), now=now)
            if not verified:
                session.execute(
                    text("update app.verification_cases set status = 'submitted' where user_id = :who"),
                    {"who": who.require_id()},
                )
            investments.pay_with_demo_wallet(
                session, actor=who, investment_id=made.id, settings=self.desk.settings, now=now
            )
        self.paid.append(made.id)
        return made.id

    def fill(self, people: int = 5) -> None:
        """Bring the minimum together."""
        for number in range(people):
            self.invest(f"payer{number}")
        self.desk.settle()

    def end(self) -> None:
        """Close the offer by hand."""
        with self.desk.session() as session:
            deals.close(session, actor=self.desk.system, deal_id=self.deal_id, now=clock.now())

    def after_closing(self) -> None:
        self.desk.travel(timedelta(days=11))
        self.desk.settle()
        self.desk.settle()  # what followed from the last block

    @property
    def status(self) -> str:
        with self.desk.session() as session:
            return deals.for_investment(session, self.deal_id).status

    @property
    def sale(self) -> DealSale:
        with self.desk.session() as session:
            found = deals.sale_of(session, self.deal_id)
        assert found is not None
        return found

    def state_of(self, investment_id: UUID) -> str:
        with self.desk.session() as session:
            return investments_queries.get(session, investment_id).status

    def booked(self, kind: str) -> int:
        with self.desk.session() as session:
            return ledger.total(session, kind, asset=self.desk.asset.key) // EUR

    def asked(self, kind: str) -> list[ChainIntent]:
        with self.desk.session() as session:
            found = select(ChainIntent).where(ChainIntent.subject_id == self.deal_id, ChainIntent.kind == kind)
            return list(session.scalars(found))

    def agrees(self) -> bool:
        return tasks_reconciling.check(self.desk.site, self.desk.ports.chain, self.desk.settings).differences == []

    def told(self, kind: str) -> int:
        with self.desk.session() as session:
            statement = text("select count(*) from app.notices where kind = :kind")
            return int(session.execute(statement, {"kind": kind}).scalar_one())

    def balance(self, address: str) -> int:
        return Token(self.desk.euro).balance_of(self.desk.ports.chain, address, at="latest") // EUR

    def announced(self, investment_id: UUID) -> list[str]:
        with self.desk.session() as session:
            return [log.name for log in chain.logs_about(session, investment_id)]

    def claim(self, investment_id: UUID) -> None:
        with self.desk.session() as session:
            owner = investments_queries.get(session, investment_id).user_id
            actor = Actor(self.desk.site.id, owner, frozenset({Role.INVESTOR}), "Alice")
            investments.claim_with_demo_wallet(
                session, actor=actor, investment_id=investment_id, settings=self.desk.settings, now=clock.now()
            )

    def see(self, investment_id: UUID) -> None:
        """Look until a return is seen at the head of the chain, where it isn't final."""
        for _ in range(12):
            if self.desk.escrow(investment_id).status == "returning":
                return
            self.desk.tick()
        pytest.fail(f"the return was not seen: {self.desk.escrow(investment_id).status}")


@pytest.fixture
def offer(chained: Settings, acme: Site) -> Offer:
    desk = Desk.of(chained, acme)
    with desk.session() as session:
        irene = person(session, acme, "irene", now=clock.now(), role=Role.ISSUER)
    closes = (instant(desk) + timedelta(days=10)).date().isoformat()  # other tests have let time pass on the chain
    return Offer(desk, irene, dealing.deployed(desk, irene, closes_at=closes).id)


def test_a_funded_deal_pays_the_issuer_and_the_treasury_once_its_closing_time_has_come(offer: Offer) -> None:
    offer.fill()
    issuer, treasury = (offer.desk.ports.keys.address(name) for name in (f"treasury-{offer.desk.site.id}", "treasury"))
    before = offer.balance(issuer), offer.balance(treasury)
    offer.end()
    offer.desk.settle()
    assert offer.status == "funded"
    assert offer.asked("sale.finalise") == []  # the contract would refuse before the closing time
    with pytest.raises(SaleUndecided), offer.desk.session() as session:
        deals.settle(session, actor=offer.desk.system, deal_id=offer.deal_id, now=clock.now())
    offer.after_closing()
    sale = offer.sale
    assert (sale.outcome, sale.proceeds + sale.fee) == ("finalised", 250_000 * EUR)
    assert offer.balance(issuer) - before[0] == sale.proceeds // EUR
    assert (
        offer.balance(treasury) - before[1]
        == sale.fee // EUR
        == offer.booked("treasury")
        == offer.booked("fees_earned")
    )
    assert offer.booked("chain_custody") == offer.booked("deal_proceeds") == offer.booked("fees_due") == 0
    assert offer.told("deal-paid-out") == 1
    assert offer.agrees()


def test_finalising_is_asked_for_once_however_often_one_looks(offer: Offer) -> None:
    offer.fill()
    offer.end()
    offer.desk.travel(timedelta(days=11))
    for _ in range(4):
        offer.desk.tick()
    offer.desk.settle()
    for _ in range(2):
        offer.desk.tick()
    assert [intent.state for intent in offer.asked("sale.finalise")] == ["final"]
    assert offer.sale.outcome == "finalised"


def test_a_success_waits_for_every_decision(offer: Offer) -> None:
    offer.fill()
    late = offer.invest("late", verified=False)
    offer.desk.settle()
    offer.end()
    offer.after_closing()
    assert offer.status == "funded"
    assert offer.asked("sale.finalise") == []
    with offer.desk.session() as session:
        escrow.reject(session, actor=offer.desk.officer, investment_id=late, reason="no", now=clock.now())
    offer.desk.settle()
    assert offer.sale.outcome == "finalised"
    assert offer.agrees()


def test_a_funded_deal_fails_where_too_little_of_its_money_was_accepted(offer: Offer) -> None:
    offer.fill(4)
    late = offer.invest("late", verified=False)
    offer.desk.settle()
    offer.end()
    assert offer.status == "funded"
    with offer.desk.session() as session:
        escrow.reject(session, actor=offer.desk.officer, investment_id=late, reason="no", now=clock.now())
    offer.after_closing()
    assert (offer.status, offer.sale.outcome) == ("failed", "failed")
    assert offer.asked("sale.finalise") == []
    assert offer.told("investment-claimable") == 4


def test_a_failed_sale_gives_back_what_was_released_and_that_counts_when_it_is_final(offer: Offer) -> None:
    first, second = offer.invest("ann"), offer.invest("bob")
    offer.desk.settle()
    with pytest.raises(NotPossibleNow), offer.desk.session() as session:
        investments.refund(session, investment_id=offer.invest("cid"), now=clock.now())
    offer.end()
    offer.desk.settle()
    assert (offer.status, offer.sale.outcome) == ("failed", "failed")
    custody = offer.booked("chain_custody")
    offer.claim(first)
    offer.see(first)
    assert (offer.state_of(first), offer.desk.escrow(first).returned_tx) == ("completed", "")
    assert offer.booked("chain_custody") == custody
    offer.desk.settle()
    assert offer.state_of(first) == "refunded"
    assert offer.desk.escrow(first).returned_tx
    assert offer.booked("chain_custody") == custody - 50_000
    assert offer.state_of(second) == "completed"
    assert offer.told("investment-refunded") >= 1
    assert offer.agrees()


def test_a_return_that_a_reorganisation_took_away_is_not_booked(offer: Offer) -> None:
    first = offer.invest("ann")
    offer.desk.settle()
    offer.end()
    offer.desk.settle()
    offer.claim(first)
    offer.see(first)
    offer.desk.reorg(1)
    offer.desk.tick()
    assert offer.desk.escrow(first).status in ("released", "returning")
    assert offer.state_of(first) == "completed"
    offer.desk.settle()
    assert offer.state_of(first) == "refunded"
    assert offer.agrees()


def test_a_cancelled_deal_fails_on_the_chain_and_what_is_held_goes_back(offer: Offer) -> None:
    held = offer.invest("ann", verified=False)
    offer.desk.settle()
    with offer.desk.session() as session:
        deals.cancel(session, actor=offer.desk.system, deal_id=offer.deal_id, reason="no permit", now=clock.now())
    offer.desk.settle()
    assert offer.sale.outcome == "failed"
    assert offer.state_of(held) == "refunded"
    assert offer.told("deal-cancelled") == 2
    assert offer.agrees()


def test_a_pause_reaches_the_chain_and_what_it_kept_from_release_is_released_after_it(offer: Offer) -> None:
    held = offer.invest("ann", verified=False)
    offer.desk.settle()
    who = {"actor": offer.desk.system, "deal_id": offer.deal_id}
    with offer.desk.session() as session:
        deals.pause(session, reason="a question", now=clock.now(), **who)  # type: ignore[arg-type]
    offer.desk.settle()
    assert offer.sale.stopped
    assert offer.told("deal-paused") == 2
    with offer.desk.session() as session:
        escrow.approve(session, actor=offer.desk.officer, investment_id=held, now=clock.now())
    offer.desk.settle()
    assert offer.desk.escrow(held).problem.startswith("TokenSale_Paused")
    with offer.desk.session() as session:
        deals.resume(session, now=clock.now(), **who)  # type: ignore[arg-type]
    offer.desk.settle()
    offer.desk.settle()
    assert not offer.sale.stopped
    assert offer.state_of(held) == "completed"


def test_a_step_that_the_contract_refused_is_asked_for_again_later(offer: Offer) -> None:
    offer.fill()
    offer.end()
    with offer.desk.session() as session:
        sale = deals.sale_of(session, offer.deal_id)
        assert sale is not None
        deal = deals.load(session, offer.deal_id)
        opened, deal.closes_at = deal.closes_at, instant(offer.desk) - timedelta(days=1)
    offer.desk.mine()
    offer.desk.tick()
    offer.desk.tick()
    assert offer.sale.problem.startswith("TokenSale_TooEarly")
    with offer.desk.session() as session:
        deals.load(session, offer.deal_id).closes_at = opened
        session.get_one(DealSale, (offer.desk.site.id, offer.deal_id)).updated_at -= timedelta(hours=1)
    offer.after_closing()
    assert offer.sale.outcome == "finalised"
    assert len(offer.asked("sale.finalise")) >= 2


def by_hand(offer: Offer, call: Call, key: str = "operator") -> None:
    """Send a call with a key of the site, past the platform."""
    desk = offer.desk
    send_as(desk.settings, f"{key}-{desk.site.id}", call, desk.ports.chain)


def test_an_open_deal_ends_when_its_sale_is_failed_past_the_platform(offer: Offer) -> None:
    held, released = offer.invest("ann", verified=False), offer.invest("bob")
    offer.desk.settle()
    by_hand(offer, TokenSale(offer.sale.address).fail("by hand"))
    offer.desk.settle()
    offer.desk.settle()
    assert (offer.status, offer.sale.outcome) == ("failed", "failed")
    assert offer.asked("sale.fail") == []
    assert (offer.state_of(held), offer.state_of(released)) == ("refunded", "completed")
    assert offer.told("investment-claimable") == 1
    assert offer.told("deal-closed") == 3  # the issuer and both investors
    offer.claim(released)
    offer.desk.settle()
    assert offer.state_of(released) == "refunded"
    assert offer.agrees()


def test_a_sale_that_failed_by_itself_is_known_once_somebody_takes_money_out_of_it(offer: Offer) -> None:
    first, second = offer.invest("ann"), offer.invest("bob")
    offer.desk.settle()
    offer.desk.travel(timedelta(days=10 + 31))
    call = TokenSale(offer.sale.address).claim_refund(first, payer=offer.desk.escrow(first).payer)
    by_hand(offer, call)  # anybody may
    offer.desk.settle()
    assert (offer.status, offer.sale.outcome) == ("failed", "failed")
    assert offer.state_of(first) == "refunded"
    assert offer.told("investment-claimable") >= 1
    offer.claim(second)
    offer.desk.settle()
    assert offer.state_of(second) == "refunded"
    assert offer.booked("chain_custody") == offer.booked("deal_proceeds") == offer.booked("fees_due") == 0
    assert offer.agrees()


def test_a_deal_that_is_closed_after_its_sale_failed_by_itself_is_failed(offer: Offer) -> None:
    first = offer.invest("ann")
    offer.desk.settle()
    offer.desk.travel(timedelta(days=10 + 31))
    offer.desk.settle()
    assert offer.status == "open"  # nobody has said anything yet
    offer.end()
    offer.desk.settle()
    assert (offer.status, offer.sale.outcome, offer.sale.problem) == ("failed", "failed", "")
    offer.claim(first)
    offer.desk.settle()
    assert offer.state_of(first) == "refunded"
    assert offer.agrees()


def test_a_payment_that_is_accepted_in_part_counts_in_part(offer: Offer) -> None:
    held = offer.invest("ann", verified=False)
    offer.desk.settle()
    before = offer.desk.escrow(held)
    had = offer.balance(before.payer)
    part = [abi.as_bytes32(held, before.payer), 30_000 * EUR]
    by_hand(offer, Call(to=offer.desk.factory, data=abi.calldata("TenantFactory", "releasePart", part)))
    offer.desk.settle()
    after = offer.desk.escrow(held)
    assert (after.status, after.amount, after.reduced) == ("released", 50_000 * EUR, 20_000 * EUR)
    assert offer.balance(before.payer) - had == 20_000
    with offer.desk.session() as session:
        investment, deal = investments_queries.get(session, held), deals.for_investment(session, offer.deal_id)
        assert (investment.status, investment.amount) == ("completed", 30_000 * EUR)
        assert (deal.raised, deals.investors(session, offer.deal_id)) == (
            30_000 * EUR, {investment.user_id: 30_000 * EUR}
        )  # fmt: skip
    assert offer.booked("chain_custody") == offer.booked("deal_proceeds") + offer.booked("fees_due") == 30_000
    assert offer.booked("escrow_held") == 0
    assert (offer.told("investment-reduced"), offer.told("investment-confirmed")) == (1, 0)
    assert "EscrowReduced" in offer.announced(held)
    assert offer.agrees()
    offer.end()
    offer.desk.settle()
    offer.claim(held)
    offer.desk.settle()
    assert offer.state_of(held) == "refunded"
    assert offer.balance(before.payer) - had == 50_000
    assert offer.booked("chain_custody") == offer.booked("deal_proceeds") == offer.booked("fees_due") == 0
    assert offer.agrees()
