"""Final blocks are lost for good, and two people accept that: books, statuses and contracts say the same again."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import Token
from app.integrations.chain.port import ChainUnavailable
from app.modules.chain import service as chain
from app.modules.chain import service_following as following
from app.modules.chain.models import ChainIntent
from app.modules.deals import service as deals
from app.modules.escrow import service as escrow
from app.modules.investments import service as investments
from app.modules.ledger import service as ledger
from tenants import ids
from tenants.service import Site
from tests.integration.deals.test_the_sale_on_the_chain import Offer
from tests.support import dealing, tally
from tests.support.desk import Desk, fresh_chain, instant, two_agree
from tests.support.investing import EUR, answered, person, pledge

AMOUNT = 50_000 * EUR


@pytest.fixture(scope="module")
def chained(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        yield chained


@dataclass
class Case:
    """A deal on the chain, and one investment in it that is paid from a wallet nobody here has the key of."""

    offer: Offer
    carol: Actor
    alice: Actor | None = None
    investment_id: UUID = field(default_factory=ids.new)
    before: int = 0

    @property
    def desk(self) -> Desk:
        return self.offer.desk

    def invest(self, *, verified: bool = True) -> None:
        """Pledge; the payment comes with `pay`."""
        now = clock.now()
        with self.desk.session() as session:
            self.alice = person(session, self.desk.site, f"alice{ids.new().hex[-6:]}", now=now, verified=True)
            draft = answered(session, self.alice, self.offer.deal_id, now=now, amount=AMOUNT)
            self.investment_id = pledge(session, self.alice, draft, now=now).id
            if not verified:
                session.execute(
                    text("update app.verification_cases set status = 'submitted' where user_id = :who"),
                    {"who": self.alice.require_id()},
                )

    def pay(self) -> None:
        assert self.alice
        payer = chain.checked_address(f"0x{self.investment_id.hex[-32:]}00000001")
        euro, desk = Token(self.desk.euro), self.desk
        desk.rpc("anvil_setBalance", payer, hex(10**18))
        with desk.session() as session:
            wanted = investments.set_payer(
                session, actor=self.alice, investment_id=self.investment_id, address=payer, now=clock.now()
            )
        mint = euro.mint(payer, AMOUNT)
        for to, data in ((mint.to, mint.data), *((one.to, one.data) for one in wanted)):
            desk.rpc("eth_sendTransaction", {"from": payer, "to": to, "data": data, "gas": hex(2_000_000)})
        desk.settle()

    def mark(self) -> None:
        """What comes from here on will be lost."""
        self.desk.settle()
        self.desk.mine(3)
        self.settle()
        self.before = self.head

    @property
    def head(self) -> int:
        block = self.desk.ports.chain.block("latest")
        assert block
        return block.number

    def lose(self) -> None:
        """Lose every block since `mark`, with all their transactions; two operators accept and end the freeze."""
        desk, chain_id = self.desk, self.desk.settings.chain_id
        desk.rpc("anvil_setCoinbase", f"0x{ids.new().hex}00000000")  # else the same blocks would come again
        desk.rpc("anvil_reorg", self.head - self.before, [])
        until = time.monotonic() + 60
        while not (alarms := [one for one in following.following(chain_id).alarms if one.kind == "deep-reorg"]):
            assert time.monotonic() < until
            self.tick()
        sam = Actor(desk.site.id, ids.new(), frozenset({Role.SUPER_ADMIN}), "Sam")
        with desk.session() as session:
            following.accept_branch(session, actor=sam, alarm_id=alarms[0].id, reason="it is so", now=clock.now())
        self.tick()
        two_agree(desk, alarms[0].id)
        assert not following.is_frozen(chain_id)
        self.settle()
        tally.count("deep reorganisations after which everything was compared")

    def tick(self) -> None:
        try:
            self.desk.tick()
        except ChainUnavailable:
            self.desk.deliver()

    def settle(self) -> None:
        for _ in range(6):
            self.tick()
            self.desk.mine(1)
        self.tick()

    def approve(self) -> None:
        with self.desk.session() as session:
            escrow.approve(session, actor=self.carol, investment_id=self.investment_id, now=clock.now())
        self.settle()

    @property
    def stands(self) -> tuple[str, str]:
        """Return where the investment and its escrow stand."""
        return self.offer.state_of(self.investment_id), self.desk.escrow(self.investment_id).status

    @property
    def deal(self) -> tuple[int, int, int]:
        """Return what the deal has raised and reserved in whole euro, and from how many people."""
        with self.desk.session() as session:
            found, of = deals.for_investment(session, self.offer.deal_id), self.offer.deal_id
            return found.raised // EUR, found.reserved // EUR, len(deals.investors(session, of))

    def held(self) -> int:
        with self.desk.session() as session:
            return ledger.total(session, "escrow_held", asset=self.desk.asset.key) // EUR

    def fees_agree(self) -> bool:
        """Tell whether the books have exactly the fees of what stands in final blocks now."""
        with self.desk.session() as session:
            settled = session.scalars(select(ChainIntent).where(ChainIntent.block_number.is_not(None)))
            paid = sum(
                int(one.gas_used or 0) * int(one.gas_price or 0)
                for one in settled
                if not one.signer.startswith("demo") and one.state in ("final", "reverted", "cancelled")
            )
            return paid == sum(one.amount for one in chain.fees_paid(session))


@pytest.fixture
def case(chained: Settings, acme: Site) -> Case:
    desk = Desk.of(chained, acme)
    with desk.session() as session:
        irene = person(session, acme, "irene", now=clock.now(), role=Role.ISSUER)
        carol = person(session, acme, "carol", now=clock.now(), role=Role.COMPLIANCE_OFFICER)
    closes = (instant(desk) + timedelta(days=10)).date().isoformat()
    desk.rpc("anvil_autoImpersonateAccount", True)
    return Case(Offer(desk, irene, dealing.deployed(desk, irene, closes_at=closes).id), carol)


def test_a_deposit_that_is_lost_for_good_is_waited_for_again(case: Case) -> None:
    case.invest()
    case.mark()
    case.pay()
    assert case.stands == ("completed", "released")
    assert case.deal == (50_000, 0, 1)
    case.lose()
    assert case.stands == ("pledged", "expected")
    assert case.deal == (0, 50_000, 0)
    assert case.held() == case.offer.booked("deal_proceeds") == case.offer.booked("chain_custody") == 0
    assert case.offer.agrees()
    assert case.fees_agree()
    assert case.offer.told("payment-lost") == 1
    assert case.offer.told("escrow-taken-back") >= 1
    case.pay()
    assert case.stands == ("held", "held")
    case.approve()
    assert case.stands == ("completed", "released")
    assert case.deal == (50_000, 0, 1)
    assert case.offer.agrees()
    assert case.fees_agree()


def test_a_release_that_is_lost_is_sent_again_by_itself(case: Case) -> None:
    case.invest(verified=False)
    case.pay()
    case.mark()
    case.approve()
    assert case.stands == ("completed", "released")
    case.lose()
    case.settle()
    assert case.stands == ("completed", "released")
    assert case.deal == (50_000, 0, 1)
    assert case.offer.told("payment-lost") == 0
    assert case.offer.agrees()
    assert case.fees_agree()


def test_money_sent_back_in_a_lost_block_is_sent_back_again(case: Case) -> None:
    case.invest(verified=False)
    case.pay()
    case.mark()
    with case.desk.session() as session:
        escrow.reject(session, actor=case.carol, investment_id=case.investment_id, reason="no proof", now=clock.now())
    case.settle()
    assert case.stands == ("refunded", "refunded")
    case.lose()
    case.settle()
    assert case.stands == ("refunded", "refunded")
    assert case.deal == (0, 0, 0)
    assert case.offer.agrees()
    assert case.fees_agree()


def test_a_lost_deposit_of_a_deal_that_takes_no_money_any_more_is_cancelled(case: Case) -> None:
    case.invest(verified=False)
    case.mark()
    case.pay()
    with case.desk.session() as session:
        deals.cancel(session, actor=case.desk.system, deal_id=case.offer.deal_id, reason="no permit", now=clock.now())
    case.settle()
    assert case.stands == ("refunded", "refunded")
    case.lose()
    case.settle()
    assert case.stands == ("cancelled", "forgotten")
    assert case.deal == (0, 0, 0)
    assert case.offer.sale.outcome == "failed"
    assert case.offer.agrees()
    assert case.fees_agree()


def test_the_end_of_a_sale_in_a_lost_block_comes_again(case: Case) -> None:
    case.offer.fill()
    case.offer.end()
    case.desk.settle()
    case.desk.travel(timedelta(days=11))
    case.before = case.head
    case.settle()
    assert case.offer.sale.outcome == "finalised"
    case.lose()
    case.settle()
    assert case.offer.sale.outcome == "finalised"
    assert case.offer.booked("chain_custody") == case.offer.booked("deal_proceeds") == 0
    assert case.offer.agrees()
    assert case.fees_agree()
