"""The books on a real database: balanced, sealed, append-only, each key once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.config import Settings
from app.modules.ledger import service as ledger
from app.modules.ledger.errors import KeyReused, Unbalanced
from app.modules.ledger.service import Line
from tenants import ids
from tenants.service import Site
from tenants.session import tenant_session

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EUR = "EUR@31337:0x1"


def deposit(site: Site, amount: int, *, key: str = "one", owner: UUID | None = None) -> None:
    with tenant_session(site.id) as session:
        ledger.post(session, key=key, kind="test", cause="test", lines=lines(amount, owner), now=NOW)


def lines(amount: int, owner: UUID | None = None) -> list[Line]:
    return [
        Line(account="chain_custody", owner_id=owner, asset=EUR, amount=amount),
        Line(account="escrow_held", owner_id=owner, asset=EUR, amount=-amount),
    ]


def balance(site: Site, kind: str, owner: UUID | None = None) -> int:
    with tenant_session(site.id) as session:
        return ledger.balance(session, kind, asset=EUR, owner_id=owner)


def check(site: Site) -> list[str]:
    with tenant_session(site.id) as session:
        return [difference.what for difference in ledger.check(session)]


def test_a_journal_moves_both_balances_and_the_same_key_moves_them_once(acme: Site) -> None:
    for _ in range(3):
        deposit(acme, 500)
    assert (balance(acme, "chain_custody"), balance(acme, "escrow_held")) == (500, 500)
    assert check(acme) == []


def test_a_key_stands_for_its_lines(acme: Site) -> None:
    deposit(acme, 500)
    with pytest.raises(KeyReused):
        deposit(acme, 501)
    assert balance(acme, "escrow_held") == 500


def test_amounts_of_256_bits_are_booked_exactly(acme: Site) -> None:
    amount = 10**77 + 7
    deposit(acme, amount)
    assert balance(acme, "escrow_held") == amount
    assert check(acme) == []


def test_the_service_refuses_what_does_not_balance(acme: Site) -> None:
    with tenant_session(acme.id) as session:
        for bad in ([], lines(5)[:1], [*lines(5), lines(1)[0]]):
            with pytest.raises(Unbalanced):
                ledger.post(session, key="x", kind="test", cause="test", lines=bad, now=NOW)
        other = [lines(5)[0], Line(account="escrow_held", asset="USD", amount=-5)]
        with pytest.raises(Unbalanced):
            ledger.post(session, key="x", kind="test", cause="test", lines=other, now=NOW)


def test_an_account_can_not_pass_zero(acme: Site) -> None:
    deposit(acme, 500)
    with pytest.raises(IntegrityError, match="ck_ledger_balances_side"):
        deposit(acme, -501, key="two")
    assert balance(acme, "escrow_held") == 500


def test_eight_senders_of_one_key_post_once_and_of_eight_keys_eight_times(acme: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: deposit(acme, 100), range(8)))
        list(pool.map(lambda n: deposit(acme, 1, key=f"key {n}"), range(8)))
    assert balance(acme, "escrow_held") == 108
    assert check(acme) == []


JOURNAL = "insert into app.ledger_journals values (app.tid(), :j, 99, 'raw', 'raw', '', now(), '', '')"
POSTING = """insert into app.ledger_postings select tenant_id, :j, :n, id, asset, :amount
             from app.ledger_accounts where kind = :kind"""


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [("chain_custody", 5)],
        [("chain_custody", 5), ("escrow_held", -4)],
        [("chain_custody", 5), ("escrow_held", -5), ("escrow_held", 1)],
    ],
    ids=["none", "one", "unequal", "one too many"],
)
def test_the_database_refuses_an_unbalanced_journal_at_commit(acme: Site, postings: list[tuple[str, int]]) -> None:
    def smuggle() -> None:
        with tenant_session(acme.id) as session:
            session.execute(text(JOURNAL), {"j": (journal := ids.new())})
            for number, (kind, amount) in enumerate(postings):
                session.execute(text(POSTING), {"j": journal, "n": number, "kind": kind, "amount": amount})

    deposit(acme, 500)
    with pytest.raises(IntegrityError, match="journal"):
        smuggle()


def test_nothing_is_added_to_a_journal_later(acme: Site) -> None:
    def smuggle() -> None:
        with tenant_session(acme.id) as session:
            journal = session.execute(text("select id from app.ledger_journals")).scalar_one()
            session.execute(text(POSTING), {"j": journal, "n": 9, "kind": "chain_custody", "amount": 5})

    deposit(acme, 500)
    with pytest.raises(IntegrityError, match="does not balance"):
        smuggle()


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_journals", "ledger_postings"])
@pytest.mark.parametrize(
    "command", ["update app.{} set tenant_id = tenant_id", "delete from app.{}", "truncate app.{}"]
)
def test_nothing_is_changed_or_removed(acme: Site, table: str, command: str) -> None:
    deposit(acme, 500)
    with pytest.raises(ProgrammingError, match="permission denied"), tenant_session(acme.id) as session:
        session.execute(text(command.format(table)))


def test_not_even_the_owner_changes_a_posting(acme: Site, settings: Settings) -> None:
    deposit(acme, 500)
    with owner(settings) as connection, pytest.raises(psycopg.errors.CheckViolation, match="append-only"):
        connection.execute("update app.ledger_postings set amount = amount")


def test_the_check_finds_a_changed_amount_in_balance_sum_and_seal(acme: Site, settings: Settings) -> None:
    deposit(acme, 500)
    with owner(settings) as connection:
        connection.execute("select set_config('app.tenant_id', %s, false)", (str(acme.id),))
        connection.execute("alter table app.ledger_postings disable trigger never_changes")
        connection.execute("alter table app.ledger_postings no force row level security")
        change = "update app.ledger_postings set amount = 400 where amount = 500 and tenant_id = %s"
        connection.execute(change, (acme.id,))
        connection.execute("alter table app.ledger_postings force row level security")
        connection.execute("alter table app.ledger_postings enable trigger never_changes")
        connection.commit()
    found = check(acme)
    assert any("the balance of chain_custody" in what for what in found)
    assert any("the seal of journal 1" in what for what in found)
    assert any("journal 1 in EUR" in what for what in found)


def test_tenants_keep_separate_books(acme: Site, zeta: Site) -> None:
    deposit(acme, 500)
    deposit(zeta, 7)
    assert (balance(acme, "escrow_held"), balance(zeta, "escrow_held")) == (500, 7)


def owner(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(settings.migrator_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(url)
    connection.execute("set role app_owner")
    return connection
