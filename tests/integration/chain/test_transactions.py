"""The life of a transaction of ours, disturbed at every point where it can be."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from eth_account import Account
from eth_account.signers.local import LocalAccount
from sqlalchemy import text

from app.core import clock
from app.integrations.chain.contracts import Token
from app.integrations.chain.keys import demo_key
from app.modules.chain import queries, service, tasks_sending, tasks_settling
from tenants import ids
from tests.support.desk import Desk

AMOUNT = 5_000_000


def wallet(desk: Desk) -> str:
    """A demo wallet: it may give itself play money, an effect that can be counted."""
    return f"demo-{desk.site.id}"


def ask(desk: Desk, key: str = "", *, amount: int = AMOUNT) -> UUID:
    call = Token(desk.euro).mint(desk.ports.keys.address(wallet(desk)), amount)
    with desk.session() as session:
        intent = service.intend(
            session, key=key or ids.new().hex, kind="demo.mint", subject_id=ids.new(),
            chain_id=desk.settings.chain_id, signer=wallet(desk), call=call, now=clock.now(),
        )  # fmt: skip
    return intent.id


def push(desk: Desk, intent_id: UUID) -> str:
    return tasks_sending.push(desk.context, intent_id)


def received(desk: Desk) -> int:
    return Token(desk.euro).balance_of(desk.ports.chain, desk.ports.keys.address(wallet(desk)), at="latest")


def hashes(desk: Desk, intent_id: UUID) -> list[str]:
    with desk.session() as session:
        return [attempt.tx_hash for attempt in queries.attempts(session, intent_id)]


def nonces(desk: Desk) -> list[int]:
    with desk.session() as session:
        return list(session.execute(text("select nonce from app.chain_transactions order by nonce")).scalars())


def test_a_transaction_is_mined_at_once_and_final_two_blocks_later(desk: Desk) -> None:
    intent_id = ask(desk)
    assert push(desk, intent_id) == "mined"
    assert push(desk, intent_id) == "mined"
    desk.mine(2)
    assert push(desk, intent_id) == "final"
    assert received(desk) == AMOUNT
    assert desk.facts().count("TransactionFinal") == 1


def test_asking_twice_with_one_key_sends_once(desk: Desk) -> None:
    first, second = ask(desk, "once"), ask(desk, "once")
    assert first == second
    desk.settle()
    assert received(desk) == AMOUNT


def test_after_a_crash_between_signing_and_sending_the_same_bytes_go_out(desk: Desk) -> None:
    intent_id = ask(desk)
    assert tasks_sending._sign(desk.context, intent_id) == "signed"
    before = hashes(desk, intent_id)
    assert push(desk, intent_id) == "mined"
    assert hashes(desk, intent_id) == before
    assert desk.ports.chain.receipt(before[0]) is not None


def test_after_a_crash_between_sending_and_noting_it_nothing_is_sent_twice(desk: Desk) -> None:
    intent_id = ask(desk)
    tasks_sending._sign(desk.context, intent_id)
    with desk.session() as session:
        raw = queries.attempts(session, intent_id)[0].raw
    desk.ports.chain.send(raw)
    assert push(desk, intent_id) == "mined"
    assert received(desk) == AMOUNT
    assert len(hashes(desk, intent_id)) == 1


def test_a_transaction_that_a_reorganisation_dropped_is_sent_again_as_it_was(desk: Desk) -> None:
    intent_id = ask(desk)
    assert push(desk, intent_id) == "mined"
    before = hashes(desk, intent_id)
    desk.reorg(1)
    assert received(desk) == 0
    assert push(desk, intent_id) == "broadcast"
    assert push(desk, intent_id) == "mined"
    assert hashes(desk, intent_id) == before
    desk.mine(2)
    assert push(desk, intent_id) == "final"
    assert received(desk) == AMOUNT


def test_a_call_that_the_contract_refuses_takes_no_nonce_and_says_why(desk: Desk) -> None:
    intent_id = ask(desk, amount=10**30)
    assert push(desk, intent_id) == "refused"
    with desk.session() as session:
        assert queries.intent(session, intent_id).error.startswith("DemoMoney_TooMuchAtOnce(")
    assert nonces(desk) == []
    assert desk.facts().count("TransactionFailed") == 1


def test_a_transaction_that_stays_outside_is_signed_again_for_more_at_the_same_nonce(desk: Desk) -> None:
    desk.rpc("evm_setAutomine", False)
    try:
        intent_id = ask(desk)
        assert push(desk, intent_id) == "broadcast"
        late = replace(desk.context, now=lambda: clock.now() + timedelta(seconds=61))
        assert tasks_sending.push(late, intent_id) == "broadcast"
        assert len(hashes(desk, intent_id)) == 2
    finally:
        desk.rpc("evm_setAutomine", True)
    desk.mine(3)
    assert push(desk, intent_id) == "final"
    assert received(desk) == AMOUNT
    assert len(nonces(desk)) == 1
    mined = [tx_hash for tx_hash in hashes(desk, intent_id) if desk.ports.chain.receipt(tx_hash)]
    assert mined == hashes(desk, intent_id)[:1]


def demo_account(secret: str, user_id: str) -> LocalAccount:
    account: LocalAccount = Account.from_key(demo_key(secret, user_id))
    return account


def foreign(desk: Desk, nonce: int) -> None:
    """Somebody else who has the wallet's key sends an empty transaction with this nonce."""
    key = demo_account(desk.settings.secret_key, str(desk.site.id))
    fees = desk.ports.chain.fees()
    signed = key.sign_transaction({
        "type": 2, "chainId": desk.settings.chain_id, "nonce": nonce, "gas": 21_000, "to": key.address, "value": 0,
        "data": "0x", "maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.priority_fee,
    })  # fmt: skip
    desk.ports.chain.send(bytes(signed.raw_transaction))


def test_a_nonce_that_something_else_took_for_good_gives_the_intent_another_place(desk: Desk) -> None:
    intent_id = ask(desk)
    tasks_sending._sign(desk.context, intent_id)
    foreign(desk, nonces(desk)[0])
    push(desk, intent_id)
    assert received(desk) == 0
    desk.mine(2)
    late = replace(desk.context, now=lambda: clock.now() + timedelta(seconds=11))
    assert tasks_sending.push(late, intent_id) == "prepared"
    assert push(desk, intent_id) == "mined"
    assert received(desk) == AMOUNT
    assert nonces(desk) == [0, 1]
    assert desk.facts().count("TransactionStuck") == 1
    another = ask(desk)
    assert push(desk, another) == "mined"


def test_reasons_that_take_turns_are_told_once_until_it_goes_on(desk: Desk) -> None:
    intent_id = ask(desk)
    for code in ("fee-cap", "poor", "fee-cap", "poor"):
        with desk.session() as session:
            tasks_settling.alert(session, queries.intent(session, intent_id, lock=True), code, f"because of {code}")
    with desk.session() as session:
        stuck = queries.intent(session, intent_id)
        assert (stuck.alert, stuck.error) == ("poor", "because of poor")
    assert desk.facts().count("TransactionStuck") == 1
    assert push(desk, intent_id) == "mined"
    with desk.session() as session:
        assert queries.intent(session, intent_id).alert == ""


def test_many_transactions_take_nonces_without_gap_or_double(desk: Desk) -> None:
    for _ in range(5):
        ask(desk)
    desk.settle()
    assert nonces(desk) == [0, 1, 2, 3, 4]
    assert received(desk) == 5 * AMOUNT


def test_what_waits_for_a_refused_step_is_refused_too(desk: Desk) -> None:
    first = ask(desk, amount=10**30)
    with desk.session() as session:
        second = service.intend(
            session, key="second", kind="demo.mint", subject_id=ids.new(), chain_id=desk.settings.chain_id,
            signer=wallet(desk), call=Token(desk.euro).mint(desk.factory, 1), now=clock.now(), after_id=first,
        )  # fmt: skip
    assert push(desk, second.id) == "prepared"
    assert push(desk, first) == "refused"
    assert push(desk, second.id) == "refused"
