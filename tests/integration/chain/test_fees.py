"""What the platform's transactions cost is booked once each, from the receipt in the final block."""

from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from app.core import clock
from app.modules.chain import handlers, service_signer
from app.modules.chain import service as chain
from app.modules.chain.cli import chain as commands
from app.modules.chain.events import TransactionFinal
from app.modules.chain.models import ChainInstallation, ChainIntent
from app.modules.escrow import service as escrow
from app.modules.escrow import tasks_reconciling
from app.modules.ledger import service as ledger
from tenants.session import platform_session
from tests.support.desk import Desk


@pytest.fixture
def paid(desk: Desk) -> UUID:
    """An investment that was paid by its investor's wallet and released by the operator's key."""
    investment_id = desk.expect(desk.open_deal(), desk.person())
    desk.pay(investment_id)
    desk.settle()
    with desk.session() as session:
        escrow.approve(session, actor=desk.officer, investment_id=investment_id, now=clock.now())
    desk.settle()
    return investment_id


def booked(desk: Desk) -> int:
    with desk.session() as session:
        return sum(fees.amount for fees in chain.fees_paid(session))


def receipts(desk: Desk) -> int:
    """Return what the operator's account lost by the receipts, asked of the node itself."""
    total = 0
    with desk.session() as session:
        for intent in session.scalars(select(ChainIntent).where(ChainIntent.signer.not_like("demo-%"))):
            receipt = desk.ports.chain.receipt(intent.tx_hash)
            assert receipt is not None
            total += receipt.gas_used * receipt.gas_price
    return total


def test_the_books_have_exactly_what_the_receipts_say_and_nothing_of_wallets(desk: Desk, paid: UUID) -> None:
    assert booked(desk) == receipts(desk) > 0
    assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []
    with desk.session() as session:
        wallets = [intent for intent in chain.intents_about(session, paid) if intent.signer.startswith("demo-")]
        assert wallets
        assert [chain.book_fee(session, intent_id=intent.id, now=clock.now()) for intent in wallets] == [0] * len(
            wallets
        )


def test_a_fee_is_booked_once_however_often_it_is_told(desk: Desk, paid: UUID) -> None:
    before = booked(desk)
    with desk.session() as session:
        release = next(one for one in chain.intents_about(session, paid) if one.kind == "escrow.release")
        told = TransactionFinal(intent_id=release.id, kind=release.kind, subject_id=paid, tx_hash=release.tx_hash)
        for _ in range(3):
            handlers.on_settled(session, told, now=clock.now())
    assert booked(desk) == before


def test_the_check_of_the_books_finds_a_missing_and_a_wrong_fee(desk: Desk, paid: UUID) -> None:
    with desk.session() as session:
        session.execute(text("update app.chain_intents set gas_used = gas_used + 1 where kind = 'escrow.release'"))
    [wrong] = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences
    assert wrong.counted > wrong.booked > 0
    with desk.session() as session:
        session.execute(
            text(
                "update app.chain_intents set signer = 'operator-x', updated_at = updated_at - interval '1 hour' "
                "where id = (select id from app.chain_intents where kind = 'demo.pay' limit 1)"
            )
        )
    found = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences
    assert sorted(one.booked > 0 for one in found) == [False, True]


def test_the_operator_reads_what_it_cost(desk: Desk, paid: UUID) -> None:
    said = CliRunner().invoke(commands, ["fees", "--tenant", desk.site.slug], obj=desk.settings)
    assert said.exit_code == 0, said.output
    assert said.output.startswith(f"{desk.site.slug}: 0.00")
    assert " ETH for " in said.output


def test_what_the_installations_own_key_paid_is_known_from_receipts_and_stands_in_no_books(desk: Desk) -> None:
    with platform_session() as session:
        rows = list(session.scalars(select(ChainInstallation)))
    receipts = {row.name: desk.ports.chain.receipt(row.tx_hash) for row in rows}
    paid = {name: found.gas_used * found.gas_price for name, found in receipts.items() if found is not None}
    assert len(paid) == len(rows)
    factories = [name for name in paid if name.startswith("factory-")]
    by_sort = {one.sort: one for one in service_signer.owners_shares(desk.settings.chain_id)}
    assert by_sort["factory"].count == len(factories) > 0
    assert by_sort["factory"].cost == sum(paid[name] for name in factories) > 0
    assert sum(one.cost for one in by_sort.values()) == sum(paid.values())
    assert booked(desk) == 0
    with platform_session() as session:
        session.get_one(ChainInstallation, (desk.settings.chain_id, factories[0])).gas_used = None
    [share] = [one for one in service_signer.owners_shares(desk.settings.chain_id) if one.sort == "factory"]
    assert (share.count, share.unknown, share.cost) == (len(factories), 1, sum(paid[one] for one in factories[1:]))


def test_the_books_balance_in_the_coin_too(desk: Desk, paid: UUID) -> None:
    with desk.session() as session:
        assert ledger.check(session) == []
        [fees] = chain.fees_paid(session)
        assert ledger.total(session, "gas_advanced", asset=fees.asset.key) == fees.amount
