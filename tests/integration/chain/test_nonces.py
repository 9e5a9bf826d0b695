"""One key, many transactions, and a chain that drops, reorders and outbids them (battery B20)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from eth_account import Account
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import Forbidden
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import Token
from app.integrations.chain.keys import demo_key
from app.integrations.chain.port import Chain, Fees
from app.modules.accounts import service as accounts
from app.modules.chain import queries_transactions, service, tasks_sending
from app.modules.chain.errors import NotUnderWay
from app.modules.chain.models import ChainIntent
from app.modules.chain.rules import fee_cap
from tenants import ids
from tests.support import tally
from tests.support.desk import Desk

AMOUNT = 5_000_000
SENDS = 20
GWEI = 10**9


def wallet(desk: Desk) -> str:
    return f"demo-{desk.site.id}"


def ask(desk: Desk) -> UUID:
    with desk.session() as session:
        return service.intend(
            session, key=ids.new().hex, kind="demo.mint", subject_id=ids.new(), chain_id=desk.settings.chain_id,
            signer=wallet(desk), call=Token(desk.euro).mint(desk.ports.keys.address(wallet(desk)), AMOUNT),
            now=clock.now(),
        ).id  # fmt: skip


def push(desk: Desk, intent_id: UUID, *, later: int = 0) -> str:
    context = replace(desk.context, now=lambda: clock.now() + timedelta(seconds=later))
    return tasks_sending.push(context, intent_id)


def received(desk: Desk) -> int:
    return Token(desk.euro).balance_of(desk.ports.chain, desk.ports.keys.address(wallet(desk)), at="latest")


def life(desk: Desk, intent_id: UUID) -> queries_transactions.Life:
    with desk.session() as session:
        found = queries_transactions.life(session, intent_id)
    assert found is not None
    return found


def intent(desk: Desk, intent_id: UUID) -> ChainIntent:
    return life(desk, intent_id).intent


def nonces(desk: Desk) -> list[int]:
    with desk.session() as session:
        return list(session.execute(text("select nonce from app.chain_transactions order by nonce")).scalars())


def stranger(desk: Desk, nonce: int) -> None:
    """Somebody else with the wallet's key uses a nonce."""
    account = Account.from_key(demo_key(desk.settings.secret_key, str(desk.site.id)))
    fees = desk.ports.chain.fees()
    signed = account.sign_transaction({
        "type": 2, "chainId": desk.settings.chain_id, "nonce": nonce, "gas": 21_000, "to": account.address, "value": 0,
        "data": "0x", "maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.priority_fee,
    })  # fmt: skip
    desk.ports.chain.send(bytes(signed.raw_transaction))


@contextmanager
def full_blocks(desk: Desk) -> Iterator[None]:
    """Nothing gets into a block until this ends."""
    desk.rpc("evm_setAutomine", False)
    try:
        yield
    finally:
        desk.rpc("evm_setAutomine", True)


@pytest.fixture
def otto(desk: Desk) -> Actor:
    return Actor(desk.site.id, ids.new(), frozenset({Role.TENANT_ADMIN}), "Otto")


class Priced:
    """The desk's chain, on which a unit of gas goes for another price."""

    def __init__(self, chain: Chain, fees: Fees) -> None:
        self._chain, self._fees = chain, fees

    def fees(self) -> Fees:
        return self._fees

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


def test_twenty_at_once_take_twenty_nonces_and_each_happens_once(desk: Desk) -> None:
    asked = [ask(desk) for _ in range(SENDS)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(SENDS):
            states = list(pool.map(lambda one: push(desk, one), asked))
            if all(state == "mined" for state in states):
                break
    desk.mine(2)
    assert [push(desk, one) for one in asked] == ["final"] * SENDS
    assert nonces(desk) == list(range(SENDS))
    assert received(desk) == SENDS * AMOUNT
    assert desk.facts().count("TransactionFinal") == SENDS
    tally.count("B20 nonces: transactions of one key at once", SENDS)


def test_at_most_one_of_a_key_is_in_progress_whoever_asks(desk: Desk) -> None:
    row = text(
        """insert into app.chain_transactions (tenant_id, id, intent_id, chain_id, sender, nonce, state, created_at)
        values (:tenant, :id, :intent, 31337, '0xa', :nonce, 'in_progress', now())"""
    )
    first, second = ask(desk), ask(desk)
    with desk.session() as session:
        session.execute(row, {"tenant": desk.site.id, "id": ids.new(), "intent": first, "nonce": 0})
    with desk.session() as session, pytest.raises(IntegrityError, match="uq_chain_transactions_in_progress"):
        session.execute(row, {"tenant": desk.site.id, "id": ids.new(), "intent": second, "nonce": 1})


def test_a_transaction_that_the_node_forgot_is_sent_again_as_it_was(desk: Desk) -> None:
    with full_blocks(desk):
        one = ask(desk)
        assert push(desk, one) == "broadcast"
        (attempt,) = life(desk, one).attempts
        desk.rpc("anvil_dropTransaction", attempt.tx_hash)
        assert push(desk, one) == "broadcast"
        assert push(desk, one, later=11) == "broadcast"
    desk.mine(3)
    assert push(desk, one) == "final"
    assert [(kept.tx_hash, kept.state) for kept in life(desk, one).attempts] == [(attempt.tx_hash, "final")]
    assert received(desk) == AMOUNT


def test_a_gap_that_a_reorganisation_left_is_filled_so_that_what_waits_behind_it_goes_on(desk: Desk) -> None:
    desk.ports.chain.grant_coin(desk.ports.keys.address(wallet(desk)), 10**19)
    desk.mine(1)
    stranger(desk, 0)
    one = ask(desk)
    assert push(desk, one) == "mined"
    desk.reorg(2)  # the stranger's transaction is gone for good, and with it the place before ours
    assert push(desk, one) == "broadcast"
    assert received(desk) == 0
    assert push(desk, one, later=61) == "broadcast"
    desk.settle()
    assert intent(desk, one).state == "final"
    assert received(desk) == AMOUNT
    assert nonces(desk) == [0, 1]
    tally.count("B20 nonces: gaps filled")


def test_a_spike_of_fees_is_followed_at_the_same_nonce(desk: Desk) -> None:
    with full_blocks(desk):
        one = ask(desk)
        push(desk, one)
        before = life(desk, one).attempts[0]
        spiked = Fees(before.max_fee * 5, before.priority_fee * 3)
        desk.ports = replace(desk.ports, chain=Priced(desk.ports.chain, spiked))
        assert push(desk, one, later=61) == "broadcast"
        newest, oldest = life(desk, one).attempts
        assert (newest.max_fee, newest.priority_fee) == (spiked.max_fee, spiked.priority_fee)
        assert (newest.state, oldest.state) == ("sent", "sent")
    desk.mine(3)
    assert push(desk, one) == "final"
    newest, oldest = life(desk, one).attempts
    assert (newest.state, oldest.state) == ("final", "replaced")
    assert (received(desk), nonces(desk)) == (AMOUNT, [0])


def test_bumping_stops_at_the_cap_and_administrators_are_told_once(desk: Desk) -> None:
    otto = _administrator(desk)
    with full_blocks(desk):
        one = ask(desk)
        push(desk, one)
        spiked = Fees(fee_cap("demo.mint") * 2, GWEI)
        real, desk.ports = desk.ports, replace(desk.ports, chain=Priced(desk.ports.chain, spiked))
        for turn in range(1, 4):
            push(desk, one, later=61 * turn)
        assert (intent(desk, one).alert, len(life(desk, one).attempts)) == ("fee-cap", 2)
        assert life(desk, one).attempts[0].max_fee <= fee_cap("demo.mint")
        desk.ports = real
    desk.mine(3)
    assert push(desk, one) == "final"
    assert desk.facts().count("TransactionStuck") == 1
    assert received(desk) == AMOUNT
    desk.deliver()
    with desk.session() as session:
        told = session.execute(text("select kind from app.notices where user_id = :otto"), {"otto": otto}).scalars()
        assert list(told) == ["transaction-stuck"]


def test_an_operator_offers_more_with_what_it_costs_in_sight(desk: Desk, otto: Actor) -> None:
    with full_blocks(desk):
        one = ask(desk)
        push(desk, one)
        with desk.session() as session:
            seen = service.preview_bump(session, one)
            done = service.bump(session, actor=otto, intent_id=one, now=clock.now())
        assert seen.new is not None
        assert (seen.new, seen.new_cost) == (done.new, done.new_cost)
        assert seen.new_cost * 8 >= seen.old_cost * 9
        with desk.session() as session, pytest.raises(NotUnderWay):
            service.bump(session, actor=otto, intent_id=one, now=clock.now())  # the signer has not answered yet
        push(desk, one)
        _until_sent(desk, one)
    desk.mine(3)
    assert push(desk, one) == "final"
    assert [attempt.state for attempt in life(desk, one).attempts] == ["final", "replaced"]
    assert (received(desk), nonces(desk)) == (AMOUNT, [0])


def test_a_cancelled_transaction_is_replaced_by_an_empty_one_at_its_nonce(desk: Desk, otto: Actor) -> None:
    with full_blocks(desk):
        one = ask(desk)
        push(desk, one)
        with desk.session() as session:
            service.cancel(session, actor=otto, intent_id=one, now=clock.now())
        _until_sent(desk, one)
    desk.mine(3)
    assert push(desk, one) == "cancelled"
    assert received(desk) == 0
    assert [(attempt.purpose, attempt.state) for attempt in life(desk, one).attempts] == [
        ("filler", "final"), ("effect", "replaced"),
    ]  # fmt: skip
    assert desk.facts().count("TransactionFailed") == 1
    another = ask(desk)
    assert push(desk, another) == "mined"
    assert nonces(desk) == [0, 1]


def test_a_cancellation_that_comes_too_late_changes_nothing(desk: Desk, otto: Actor) -> None:
    desk.rpc("evm_setAutomine", False)
    one = ask(desk)
    push(desk, one)
    with desk.session() as session:
        service.cancel(session, actor=otto, intent_id=one, now=clock.now())
    desk.rpc("evm_setAutomine", True)
    desk.mine(3)
    assert push(desk, one) == "final"
    assert received(desk) == AMOUNT
    assert desk.facts().count("TransactionFinal") == 1
    with desk.session() as session, pytest.raises(NotUnderWay):
        service.preview_cancel(session, one)


def test_what_was_never_signed_is_cancelled_at_once(desk: Desk, otto: Actor) -> None:
    one = ask(desk)
    with desk.session() as session:
        assert service.cancel(session, actor=otto, intent_id=one, now=clock.now()).new is None
    assert push(desk, one) == "cancelled"
    assert (nonces(desk), desk.facts().count("TransactionFailed")) == ([], 1)


def test_only_who_administers_may_steer(desk: Desk) -> None:
    one = ask(desk)
    carol = Actor(desk.site.id, ids.new(), frozenset({Role.COMPLIANCE_OFFICER}), "Carol")
    for verb in (service.bump, service.cancel):
        with desk.session() as session, pytest.raises(Forbidden):
            verb(session, actor=carol, intent_id=one, now=clock.now())


def _until_sent(desk: Desk, intent_id: UUID) -> None:
    """Push until the newest attempt was signed and sent."""
    for _ in range(100):
        push(desk, intent_id)
        if life(desk, intent_id).attempts[0].state == "sent":
            return
    raise AssertionError("the signer doesn't answer")


def _administrator(desk: Desk) -> UUID:
    with desk.session() as session:
        return accounts.create_user(
            session, email=f"{ids.new().hex}@example.com", name="Otto", password="a long enough phrase for tests",
            roles=[Role.TENANT_ADMIN], verified=True, now=clock.now(),
        ).id  # fmt: skip
