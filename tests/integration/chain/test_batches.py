"""Releases that wait go together in one transaction; one that can't be released holds up no other."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.config import Settings
from app.core import clock, permissions
from app.core.permissions import Actor, Role
from app.integrations.chain.port import Call, Chain, ChainUnavailable
from app.modules.chain import (
    handlers,
    queries,
    queries_transactions,
    service,
    service_fees,
    service_freezes,
    service_signer,
    tasks_carrying,
    tasks_following_reorgs,
    tasks_sending,
)
from app.modules.chain.errors import NotUnderWay
from app.modules.chain.events import TransactionFinal
from app.modules.chain.models import ChainTransaction
from app.modules.chain.models_signer import SignerLimit
from app.modules.chain.rules import COIN, MOST_TOGETHER
from tenants import ids
from tenants.session import platform_session
from tests.conftest import found
from tests.support import tally
from tests.support.desk import Desk, fresh_chain
from tests.support.releasing import Till


@pytest.fixture(scope="module")
def till(settings: Settings, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with fresh_chain(settings, tmp_path_factory.mktemp("chain")) as chained:
        desk = Desk.of(chained, found("acme", "Acme Real Assets"))
        till = Till(desk, desk.open_deal())
        till.pay(80)
        yield till


@pytest.fixture
def otto(till: Till) -> Actor:
    return Actor(till.desk.site.id, ids.new(), frozenset({Role.TENANT_ADMIN}), "Otto")


def finish(till: Till, intents: list[UUID]) -> list[str]:
    """Push all in turn, with blocks in between, until each has ended; return how."""
    for _ in range(12):
        states = [till.push(one) for one in intents]
        if all(state in ("final", "reverted", "refused", "cancelled") for state in states):
            return states
        till.desk.mine(2)
    raise AssertionError(states)


def told(till: Till, intent_id: UUID) -> list[str]:
    """Return the facts that were told about an intent, in order."""
    named = text("select name from app.outbox_events where body->>'intent_id' = :id order by id")
    with till.desk.session() as session:
        return list(session.execute(named, {"id": str(intent_id)}).scalars())


def places(till: Till, intents: list[UUID]) -> int:
    """Return how many nonces these intents took."""
    counted = text("select count(*) from app.chain_transactions where intent_id = any(:ids)")
    with till.desk.session() as session:
        return int(session.execute(counted, {"ids": intents}).scalar_one())


def carriers(till: Till, intents: list[UUID]) -> set[UUID | None]:
    return {one.carried_by for one in till.intents(intents)}


@contextmanager
def full_blocks(till: Till) -> Iterator[None]:
    till.desk.rpc("evm_setAutomine", False)
    try:
        yield
    finally:
        till.desk.rpc("evm_setAutomine", True)


@contextmanager
def halted(till: Till) -> Iterator[None]:
    actor = permissions.system(till.desk.site.id, "operator")
    with till.desk.session() as session:
        service_signer.halt(session, actor=actor, reason="a key may be lost", now=clock.now())
    try:
        yield
    finally:
        with till.desk.session() as session:
            service_signer.resume(session, actor=actor, now=clock.now())


def test_releases_that_wait_go_together_and_each_is_told_as_if_it_had_gone_alone(till: Till) -> None:
    investments = till.held[-3:]
    members = till.ask(3)
    assert till.push_out(members[0]) == "mined"
    carrier = till.carrier(members[0])
    assert carriers(till, members) == {carrier.id}
    assert [till.is_released(one) for one in investments] == [True] * 3
    till.desk.mine(2)
    assert till.push(members[2]) == "final"
    [alone] = till.ask(1)
    assert finish(till, [alone]) == ["final"]
    single = till.intent(alone)
    for member in till.intents(members):
        assert (member.state, member.succeeded, member.tx_hash) == ("final", True, till.intent(carrier.id).tx_hash)
        assert (member.block_number, member.block_hash) != (None, "")
        assert told(till, member.id) == told(till, alone) == ["TransactionFinal"]
    assert (places(till, members), places(till, [carrier.id])) == (0, 1)
    used, used_alone = till.intent(carrier.id).gas_used, single.gas_used
    assert used is not None
    assert used_alone is not None
    assert used < 3 * used_alone


def test_the_fee_is_booked_once_and_stands_with_the_carrier(till: Till) -> None:
    members = till.ask(2)
    finish(till, members)
    carrier = till.carrier(members[0])
    with till.desk.session() as session:
        before = sum(each.transactions for each in service.fees_paid(session))
        for one in (*till.intents(members), carrier):
            done = TransactionFinal(intent_id=one.id, kind=one.kind, subject_id=one.subject_id, tx_hash=one.tx_hash)
            handlers.on_settled(session, done, now=clock.now())
        costs = [service.book_fee(session, intent_id=one, now=clock.now()) for one in (*members, carrier.id)]
        settled = [one.id for one in service_fees._settled(session)]
        assert sum(each.transactions for each in service.fees_paid(session)) == before == len(settled)
    assert carrier.gas_used is not None
    assert carrier.gas_price is not None
    assert costs == [0, 0, carrier.gas_used * carrier.gas_price]
    assert carrier.id in settled
    assert not set(members) & set(settled)


def test_one_that_the_contract_would_refuse_holds_up_no_other(till: Till) -> None:
    good = till.ask(2)
    never_paid = till.ask_for(ids.new())
    assert till.push(good[0]) == "prepared"
    carrier = till.carrier(good[0])
    assert (carrier.state, carrier.error.partition("(")[0]) == ("refused", "EscrowDesk_NotHeld")
    assert places(till, [carrier.id]) == 0
    assert [one.alone for one in till.intents([*good, never_paid])] == [True] * 3
    assert finish(till, [*good, never_paid]) == ["final", "final", "refused"]
    assert (told(till, never_paid), places(till, good)) == (["TransactionFailed"], 2)
    assert told(till, good[0]) == ["TransactionFinal"]


def test_a_batch_that_the_block_refuses_is_taken_apart_once_that_is_final(till: Till) -> None:
    investments = till.held[-2:][::-1]
    members = till.ask(2)
    with full_blocks(till):
        assert till.push_out(members[0]) == "broadcast"
        till.take_back(investments[0])
        till.desk.mine(1)
    assert till.push(members[0]) == "mined"
    assert [one.succeeded for one in till.intents(members)] == [False, False]
    till.desk.mine(2)
    assert till.push(members[0]) == "prepared"
    carrier = till.carrier(members[1])
    assert (carrier.state, told(till, carrier.id)) == ("reverted", ["TransactionFailed"])
    assert all((one.alone, one.tx_hash, one.block_number) == (True, "", None) for one in till.intents(members))
    assert finish(till, members) == ["refused", "final"]
    assert [till.is_released(one) for one in investments] == [False, True]
    with till.desk.session() as session:
        assert service.book_fee(session, intent_id=carrier.id, now=clock.now()) > 0


class Silent:
    """The desk's chain, to which nothing can be sent."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def send(self, _raw: bytes) -> str:
        raise ChainUnavailable("away")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


def test_a_batch_that_a_reorganisation_took_goes_out_again_as_it_was(till: Till) -> None:
    members = till.ask(2)
    assert till.push_out(members[0]) == "mined"
    till.desk.reorg(1)
    ports = replace(till.desk.ports, chain=Silent(till.desk.ports.chain))
    with pytest.raises(ChainUnavailable):
        tasks_sending.push(replace(till.desk.context, ports=ports), members[0])
    assert {(one.state, one.block_number, one.block_hash) for one in till.intents(members)} == {("broadcast", None, "")}
    assert finish(till, members) == ["final", "final"]
    assert (places(till, [till.carrier(members[0]).id]), told(till, members[1])) == (1, ["TransactionFinal"])


def test_final_blocks_that_are_lost_open_carrier_and_carried_again(till: Till) -> None:
    members = till.ask(2)
    finish(till, members)
    carrier = till.carrier(members[0])
    assert carrier.block_number is not None
    with till.desk.session() as session:
        tasks_following_reorgs._reopen(session, carrier.chain_id, carrier.block_number - 1, clock.now())
    assert {one.state for one in till.intents([*members, carrier.id])} == {"broadcast"}
    assert finish(till, members) == ["final", "final"]
    assert {one.tx_hash for one in till.intents(members)} == {carrier.tx_hash}


def test_two_workers_that_gather_at_once_make_one_carrier(till: Till) -> None:
    for _ in range(3):
        members = till.ask(3)
        barrier = Barrier(3)

        def gather(intent_id: UUID, barrier: Barrier = barrier) -> UUID | None:
            barrier.wait()
            return tasks_carrying.carrier(till.desk.context, intent_id)

        with ThreadPoolExecutor(3) as pool:
            made = list(pool.map(gather, members))
        assert len(set(made)) == 1
        assert carriers(till, members) == set(made) != {None}
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(till.push, members))
        assert finish(till, members) == ["final"] * 3
        assert places(till, [*members, *(one for one in made if one)]) == 1


def test_more_than_twenty_go_in_turns(till: Till) -> None:
    members = till.ask(MOST_TOGETHER + 1)
    till.push(members[-1])
    assert sorted(Counter(one.carried_by for one in till.intents(members)).values()) == [1, MOST_TOGETHER]
    assert till.intent(members[-1]).carried_by is None
    assert finish(till, members) == ["final"] * len(members)
    carrier = till.carrier(members[0])
    assert carrier.gas_used is not None
    tally.count("gas of each of 20 releases that go together", carrier.gas_used // MOST_TOGETHER)


def test_nothing_is_gathered_that_has_a_place_or_waits_or_went_before(till: Till) -> None:
    placed, after, plain, other = till.ask(4)
    with full_blocks(till):
        with till.desk.session() as session:
            for one in (after, plain, other):
                queries.intent(session, one).state = "cancelled"
        assert till.push_out(placed) == "broadcast"
        with till.desk.session() as session:
            for one in (after, plain, other):
                queries.intent(session, one).state = "prepared"
            queries.intent(session, after).after_id = placed
        till.push(plain)
        assert till.intent(plain).carried_by == till.intent(other).carried_by is not None
        assert till.intent(placed).carried_by is None
        assert till.intent(after).carried_by is None
    assert finish(till, [placed, plain, other, after]) == ["final"] * 4


class Meanwhile:
    """The desk's chain, on which something happens the first time that it is asked whether a call would succeed."""

    def __init__(self, chain: Chain, happen: Callable[[], object]) -> None:
        self._chain, self._happen = chain, [happen]

    def estimate(self, call: Call, *, sender: str) -> int:
        while self._happen:
            self._happen.pop()()
        return self._chain.estimate(call, sender=sender)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


def test_a_release_that_was_gathered_while_it_set_out_alone_stays_with_the_others(till: Till) -> None:
    """Also where the chain said no to it: whether it is refused is decided where it is carried."""
    for investment_id in (till.held.pop(), ids.new()):
        first, others = till.ask_for(investment_id), []

        def gather(others: list[UUID] = others) -> None:
            others += till.ask(1)
            with till.desk.session() as session:
                row = tasks_carrying._gather(session, queries.intent(session, others[0]), till.payer, clock.now())
            assert row is not None

        ports = replace(till.desk.ports, chain=Meanwhile(till.desk.ports.chain, gather))
        assert tasks_sending.push(replace(till.desk.context, ports=ports), first) == "prepared"
        assert carriers(till, [first, *others]) == {till.carrier(first).id}
        assert (places(till, [first, *others]), told(till, first)) == (0, [])
        ends = finish(till, [first, *others])
        assert ends == ["final" if till.is_released(investment_id) else "refused", "final"]


def test_what_somebody_else_is_about_to_send_is_left_to_him(till: Till) -> None:
    locked, placed, first, second = till.ask(4)
    with till.desk.session() as session:
        row = ChainTransaction(
            intent_id=placed, chain_id=till.intent(placed).chain_id, sender=till.payer, nonce=7000,
            state="in_progress", created_at=clock.now(),
        )  # fmt: skip
        session.add(row)
    with till.desk.session() as another:
        queries.intent(another, locked, lock=True)
        with till.desk.session() as session:
            waiting = [one.id for one, _ in tasks_carrying._waiting(session, queries.intent(session, first))]
    assert waiting == [first, second]
    with till.desk.session() as session:
        session.delete(session.get_one(ChainTransaction, (till.desk.site.id, row.id)))
    assert finish(till, [locked, placed, first, second]) == ["final"] * 4


def test_while_the_key_is_busy_more_may_come(till: Till) -> None:
    with halted(till):
        [first] = till.ask(1)
        assert till.push(first) == "prepared"
        members = till.ask(2)
        assert [till.push(one) for one in members] == ["prepared", "prepared"]
        assert carriers(till, members) == {None}
        members += till.ask(1)
    assert finish(till, [first, *members]) == ["final"] * 4
    assert len(carriers(till, members)) == 1


def test_payouts_that_stand_still_are_not_gathered(till: Till) -> None:
    members = till.ask(2)
    freeze(till)
    try:
        assert [till.push(one) for one in members] == ["prepared", "prepared"]
        assert carriers(till, members) == {None}
    finally:
        resume(till)
    assert finish(till, members) == ["final", "final"]


def test_what_was_gathered_before_payouts_stand_still_is_not_signed(till: Till) -> None:
    with halted(till):
        members = till.ask(2)
        till.push(members[0])
        carrier = till.carrier(members[0])
        freeze(till)
    try:
        deadline = clock.now() + timedelta(seconds=15)
        while "payouts stand still" not in (held := till.intent(carrier.id)).error and clock.now() < deadline:
            till.push(carrier.id)
        assert (held.state, "payouts stand still" in held.error) == ("prepared", True)
    finally:
        resume(till)
    assert finish(till, members) == ["final", "final"]


def freeze(till: Till) -> None:
    with till.desk.session() as session:
        assert service_freezes.freeze_payouts(session, fingerprint="test", now=clock.now())


def resume(till: Till) -> None:
    with till.desk.session() as session:
        row = service_freezes.payout_freeze(session)
        assert row is not None
        assert service_freezes.resume_payouts(session, freeze_id=row.id, approval_id=None, now=clock.now())


def test_what_is_carried_is_steered_with_its_carrier_alone(till: Till, otto: Actor) -> None:
    members = till.ask(2)
    with full_blocks(till):
        assert till.push_out(members[0]) == "broadcast", till.carrier(members[0]).error
        carrier = till.carrier(members[0])
        with till.desk.session() as session:
            for verb in (service.cancel, service.bump):
                with pytest.raises(NotUnderWay):
                    verb(session, actor=otto, intent_id=members[0], now=clock.now())
            service.bump(session, actor=otto, intent_id=carrier.id, now=clock.now())
        finish_signing(till, carrier.id, attempts=2)
        with till.desk.session() as session:
            service.cancel(session, actor=otto, intent_id=carrier.id, now=clock.now())
        finish_signing(till, carrier.id, attempts=3)
        till.push(carrier.id)
        till.desk.mine(1)
        till.push(carrier.id)
        assert {one.state for one in till.intents(members)} == {"mined"}
        till.desk.mine(2)
        till.push(carrier.id)
    assert till.intent(carrier.id).state == "cancelled"
    assert [(one.state, one.alone) for one in till.intents(members)] == [("prepared", True)] * 2
    assert finish(till, members) == ["final", "final"]
    assert places(till, members) == 2


def finish_signing(till: Till, intent_id: UUID, *, attempts: int) -> None:
    deadline = clock.now() + timedelta(seconds=15)
    signed = 0
    while signed < attempts and clock.now() < deadline:
        with till.desk.session() as session:
            signed = len([one for one in queries.attempts(session, intent_id) if one.raw is not None])
    assert signed == attempts
    later = replace(till.desk.context, now=lambda: clock.now() + timedelta(seconds=11))
    tasks_sending.push(later, intent_id)


def test_a_carrier_that_was_never_signed_is_cancelled_at_once(till: Till, otto: Actor) -> None:
    with halted(till):
        members = till.ask(2)
        till.push(members[0])
        carrier = till.carrier(members[0])
        with till.desk.session() as session:
            service.cancel(session, actor=otto, intent_id=carrier.id, now=clock.now())
    till.push(carrier.id)
    assert till.intent(carrier.id).state == "cancelled"
    assert finish(till, members) == ["final", "final"]
    assert places(till, members) == 2


def test_a_batch_that_the_limits_would_never_let_through_is_taken_apart(till: Till) -> None:
    most = 300_000 * till.desk.ports.chain.fees().max_fee  # more than one release costs, less than eight
    with platform_session() as session:
        session.merge(SignerLimit(scope=str(till.desk.site.id), each_one=most, an_hour=10 * COIN, a_day=10 * COIN))
    try:
        members = till.ask(8)
        assert till.push(members[0]) == "prepared"
        carrier = till.carrier(members[0])
        assert (carrier.state, carrier.error, places(till, [carrier.id])) == ("refused", "TooMuchTogether", 0)
        assert finish(till, members[:2]) == ["final"] * 2, till.intent(members[0]).error
    finally:
        with platform_session() as session:
            session.delete(session.get_one(SignerLimit, str(till.desk.site.id)))
    assert finish(till, members) == ["final"] * 8


def other_of(till: Till, members: list[UUID]) -> None:
    """Another release that nobody asked to carry."""
    with till.desk.session() as session:
        carrier = queries.intent(session, queries.intent(session, members[0]).carried_by or ids.new())
        carrier.data = carrier.data[:-64] + ids.new().hex + "0" * 32


def ended(till: Till, members: list[UUID]) -> None:
    with till.desk.session() as session:
        queries.intent(session, members[1]).state = "cancelled"


def unwanted(till: Till, members: list[UUID]) -> None:
    with till.desk.session() as session:
        queries.intent(session, members[1]).cancel_asked_at = clock.now()


def gone_alone(till: Till, members: list[UUID]) -> None:
    with till.desk.session() as session:
        queries.intent(session, members[1]).alone = True


def elsewhere(till: Till, members: list[UUID]) -> None:
    with till.desk.session() as session:
        queries.intent(session, members[1]).chain_id = 1


def placed(till: Till, members: list[UUID]) -> None:
    with till.desk.session() as session:
        member = queries.intent(session, members[1])
        row = ChainTransaction(
            intent_id=member.id, chain_id=member.chain_id, sender=till.payer, nonce=5000, state="done",
            created_at=clock.now(),
        )  # fmt: skip
        session.add(row)


FORGED = {
    "an id instead of another": (other_of, "something else than what the intent carries"),
    "one that ended": (ended, "isn't wanted any more"),
    "one that shall be cancelled": (unwanted, "isn't wanted any more"),
    "one that goes alone": (gone_alone, "something else than what the intent carries"),
    "one for another chain": (elsewhere, "for another chain"),
    "one that went by itself": (placed, "went by itself"),
}


@pytest.mark.parametrize("case", FORGED)
def test_the_signer_looks_at_each_release_itself(till: Till, case: str) -> None:
    """Forged while the request waits, so that the chain has already said that it would do it."""
    forge, words = FORGED[case]
    with halted(till):
        members = till.ask(2)
        till.push(members[0])
        carrier = till.carrier(members[0])
        forge(till, members)
    deadline = clock.now() + timedelta(seconds=15)
    while till.intent(carrier.id).state == "prepared" and clock.now() < deadline:
        till.push(carrier.id)
    refused = till.intent(carrier.id)
    assert (refused.state, words in refused.error) == ("refused", True), refused.error
    assert till.intent(members[0]).alone
    assert finish(till, members[:1]) == ["final"]
    tally.count("signer: forged batches refused")


def test_a_release_that_another_carries_is_not_signed_by_itself(till: Till) -> None:
    with halted(till):
        [alone] = till.ask(1)
        till.push(alone)
        [another] = till.ask(1)
        with till.desk.session() as session:
            queries.intent(session, alone).carried_by = another
    deadline = clock.now() + timedelta(seconds=15)
    reason = ""
    while not reason.startswith("another") and clock.now() < deadline:
        with till.desk.session() as session:
            reason = queries.attempts(session, alone)[0].reason
    assert reason == "another transaction carries it"
    with till.desk.session() as session:
        queries.intent(session, alone).carried_by = None
    assert finish(till, [alone, another]) == ["refused", "final"]


def test_only_the_carrier_shows_up_as_stuck(till: Till) -> None:
    with halted(till):
        members = till.ask(2)
        till.push(members[0])
        carrier = till.carrier(members[0])
        later = clock.now() + timedelta(hours=1)
        with till.desk.session() as session:
            page = queries_transactions.Page.numbered(1)
            stuck = queries_transactions.transactions(session, state="stuck", now=later, page=page).items
            life = queries_transactions.life(session, members[0])
            whole = queries_transactions.life(session, carrier.id)
        assert carrier.id in {one.id for one in stuck}
        assert not set(members) & {one.id for one in stuck}
        assert life is not None
        assert whole is not None
        assert (life.carrier and life.carrier.id, life.beside, life.members) == (carrier.id, 1, [])
        assert {one.id for one in whole.members} == set(members)
        with platform_session() as session:
            open_now = {row_id for _, _, row_id in queries.open_work(session)}
        assert carrier.id in open_now
        assert not set(members) & open_now
    assert finish(till, members) == ["final", "final"]
