"""The signer as the database sees it: what it may touch, what it holds back, and why."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core import clock, permissions
from app.integrations.chain.contracts import TOKEN, TenantFactory
from app.modules.chain import queries, queries_transactions, service, service_signer, tasks_sending
from app.modules.chain.models import ChainAccount, ChainAttempt, ChainIntent, ChainTransaction
from app.modules.chain.models_signer import SignerLimit
from app.modules.chain.rules import COIN, Limits
from tenants import bootstrap, ids
from tenants.session import platform_session
from tests.support import tally
from tests.support.desk import Desk

MAY_READ = {
    "app.chain_accounts", "app.chain_attempts", "app.chain_contracts", "app.chain_intents", "app.chain_logs",
    "app.chain_transactions", "platform.chain_installations", "platform.signer_decisions", "platform.signer_keys",
    "platform.signer_limits", "platform.signer_recipients", "platform.signer_state", "app.payout_freezes",
}  # fmt: skip
MAY_CHANGE = {
    "app.chain_attempts": {"raw", "tx_hash", "state", "reason", "signed_at"},
    "platform.chain_installations": {"raw", "tx_hash", "refusal", "signed_at"},
    "platform.signer_keys": {"address", "made_at"},
    "platform.signer_state": {"seen_at"},
}
MAY_ADD = {"platform.signer_decisions", "platform.signer_recipients"}


def ask(desk: Desk, **changes: Any) -> UUID:
    """Ask for a token of a new deal by the operator's key, with something about it changed."""
    deal_id = ids.new()
    call = TenantFactory(desk.factory).create_token(deal_id, "Harbour", "HARB", 18)
    with desk.session() as session:
        intent = service.intend(
            session, key=f"token:{deal_id}", kind="deal.token", subject_id=deal_id, chain_id=desk.settings.chain_id,
            signer=service.operator_key(), call=call, now=clock.now(),
        )  # fmt: skip
        for name, value in changes.items():
            setattr(intent, name, value)
    return intent.id


def push(desk: Desk, intent_id: UUID) -> ChainIntent:
    tasks_sending.push(desk.context, intent_id)
    with desk.session() as session:
        return queries.intent(session, intent_id)


def nonces(desk: Desk) -> list[int]:
    with desk.session() as session:
        return list(session.execute(text("select nonce from app.chain_transactions order by nonce")).scalars())


@contextmanager
def limited(scope: str, limits: Limits) -> Iterator[None]:
    with platform_session() as session:
        session.merge(SignerLimit(scope=scope, **vars(limits)))
    try:
        yield
    finally:
        with platform_session() as session:
            session.delete(session.get_one(SignerLimit, scope))


@contextmanager
def halted(desk: Desk) -> Iterator[None]:
    actor = permissions.system(desk.site.id, "operator")
    with desk.session() as session:
        service_signer.halt(session, actor=actor, reason="a key may be lost", now=clock.now())
    try:
        yield
    finally:
        with desk.session() as session:
            service_signer.resume(session, actor=actor, now=clock.now())


def test_the_role_reaches_exactly_what_it_needs(access: bootstrap.Access, database: None) -> None:
    url = make_url(access.signer).set(drivername="postgresql").render_as_string(hide_password=False)
    query = """SELECT n.nspname || '.' || c.relname, a.attname
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
               AND c.relkind IN ('r', 'p', 'v', 'm') AND has_schema_privilege(n.oid, 'USAGE')
               AND has_column_privilege(c.oid, a.attnum, %s)"""
    with psycopg.connect(url) as signer:
        found: dict[str, dict[str, set[str]]] = {}
        for right in ("SELECT", "UPDATE", "INSERT"):
            found[right] = {}
            for table, column in signer.execute(query, (right,)).fetchall():
                found[right].setdefault(table, set()).add(column)
        removing = signer.execute(
            """SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname IN ('app', 'platform', 'jobs') AND c.relkind IN ('r', 'p')
               AND (has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))"""
        ).fetchone()
        roles = signer.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert roles.fetchone() == (False, False, False)
    assert set(found["SELECT"]) == MAY_READ
    assert found["UPDATE"] == MAY_CHANGE
    assert set(found["INSERT"]) == MAY_ADD
    assert removing == (0,)
    tally.count("signer: tables its role can reach", len(found["SELECT"]))


def test_web_and_worker_never_load_keys() -> None:
    code = (
        "import sys, app.factory; "
        "print([m for m in sys.modules if m.startswith(('app.integrations.keys', 'app.signer'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


# What a worker that went astray could write into the database, and what the signer says about it.
FORGED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "an unknown kind": ({"kind": "deal.rescue"}, {}, {}, "nothing of the kind"),
    "another deal": ({"subject_id": UUID(int=5 << 64)}, {}, {}, "about something else"),
    "another contract": ({"target": "0x" + "5" * 40}, {}, {}, "isn't this tenant's factory"),
    "coin sent along": ({"value": 1}, {}, {}, "coin along"),
    "another chain": ({"chain_id": 1}, {}, {}, "it is for chain 1"),
    "an intent that ended": ({"state": "final"}, {}, {}, "has ended"),
    "the installation's key": ({"signer": "owner"}, {}, {}, "sender isn't"),
    "another sender": ({}, {"sender": "0x" + "5" * 40}, {}, "sender isn't"),
    "a nonce out of order": ({}, {"nonce": 7}, {}, "nonce 7 was given to nobody"),
    "a fee above the cap": ({}, {}, {"max_fee": 501 * 10**9}, "a unit of gas would cost"),
    "a tip above the fee": ({}, {}, {"priority_fee": 3 * 10**9}, "a unit of gas would cost"),
    "too much gas": ({}, {}, {"gas": 15_000_001}, "units of gas"),
}


def forge(desk: Desk, about: dict[str, Any], place: dict[str, Any], attempt: dict[str, Any]) -> ChainAttempt:
    """Write everything that the signer goes by straight into the database, and wait for what it says."""
    sender = desk.ports.keys.address(f"operator-{desk.site.id}")
    intent_id, now = ask(desk, **about), clock.now()
    with desk.session() as session:
        session.merge(ChainAccount(chain_id=desk.settings.chain_id, address=sender, next_nonce=1))
        row = ChainTransaction(
            **{"intent_id": intent_id, "chain_id": desk.settings.chain_id, "sender": sender, "nonce": 0,
               "created_at": now, **place}
        )  # fmt: skip
        session.add(row)
        session.flush()
        asked = ChainAttempt(
            **{"transaction_id": row.id, "gas": 900_000, "max_fee": 2 * 10**9, "priority_fee": 10**9, "asked_at": now,
               **attempt}
        )  # fmt: skip
        session.add(asked)
    deadline = time.monotonic() + 5
    while asked.state == "asked" and time.monotonic() < deadline:
        time.sleep(0.1)
        with desk.session() as session:
            asked = session.get_one(ChainAttempt, (desk.site.id, asked.id))
    return asked


def test_a_forgery_that_isnt_twisted_would_be_signed(desk: Desk) -> None:
    assert forge(desk, {}, {}, {}).state == "signed"


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_request_is_refused_with_a_plain_reason(desk: Desk, case: str) -> None:
    about, place, attempt, words = FORGED[case]
    answered = forge(desk, about, place, attempt)
    assert (answered.state, answered.raw, words in answered.reason) == ("refused", None, True), answered.reason
    tally.count("signer: forged requests refused")


def test_a_refused_request_gives_its_nonce_back(desk: Desk) -> None:
    intent = push(desk, ask(desk, kind="deal.rescue"))
    assert (intent.state, "nothing of the kind" in intent.error) == ("refused", True)
    assert nonces(desk) == []
    after = push(desk, ask(desk))
    assert (after.state, nonces(desk)) == ("mined", [0])


def test_calldata_is_read_and_never_trusted(desk: Desk) -> None:
    """Estimating passes, since the contract would allow it; the signer doesn't."""
    factory = TenantFactory(desk.factory)
    other = ids.new()
    intent_id = ask(desk, data=factory.create_token(other, "Other", "OTH", 18).data)
    assert "about something else" in push(desk, intent_id).error
    assert factory.deal_of(desk.ports.chain, other, at="latest").stage < TOKEN


def test_another_tenants_factory_is_refused(desk: Desk, chained: Any, zeta: Any) -> None:
    theirs = Desk.of(chained, zeta)
    intent_id = ask(desk, target=theirs.factory)
    assert push(desk, intent_id).state == "refused"
    assert theirs.ports.chain.nonce(desk.ports.keys.address(f"operator-{desk.site.id}"), at="latest") == 0


def test_a_halt_is_heeded_within_five_seconds_and_what_waits_goes_on_afterwards(desk: Desk) -> None:
    with halted(desk):
        began = time.monotonic()
        waiting = ask(desk)
        intent = push(desk, waiting)
        assert (intent.state, intent.alert) == ("prepared", "held")
        assert "a key may be lost" in intent.error
        another = push(desk, ask(desk))
        assert another.state == "prepared"  # its turn comes later: one of a key is in progress at a time
        assert time.monotonic() - began < 5
        assert len(nonces(desk)) == 1
    deadline = time.monotonic() + 5
    while push(desk, waiting).state != "mined":
        assert time.monotonic() < deadline
    assert push(desk, another.id).state == "mined"
    assert desk.facts().count("TransactionStuck") == 1


def test_the_halt_file_stops_the_signer_too(desk: Desk) -> None:
    file = desk.settings.home / "signer.halt"
    file.touch()
    try:
        intent = push(desk, ask(desk))
        assert (intent.state, "signer.halt exists" in intent.error) == ("prepared", True)
    finally:
        file.unlink()
    time.sleep(1.2)
    assert push(desk, intent.id).state == "mined"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(1, COIN, COIN), "one transaction may cost"),
        (Limits(COIN, 1, COIN), "an hour's transactions may cost"),
        (Limits(COIN, COIN, 1), "a day's transactions may cost"),
    ],
)
@pytest.mark.parametrize("whose", ["tenant", "whole"])
def test_limits_hold_back_until_they_are_raised(desk: Desk, limits: Limits, words: str, whose: str) -> None:
    with limited(str(desk.site.id) if whose == "tenant" else "whole", limits):
        intent = push(desk, ask(desk))
        assert (intent.state, words in intent.error) == ("prepared", True), intent.error
    time.sleep(1.2)
    assert push(desk, intent.id).state == "mined"
    tally.count("signer: limits that held")


def test_what_was_signed_counts_against_the_limits_and_a_refusal_does_not(desk: Desk) -> None:
    def use() -> int:
        return service_signer.signing(desk.settings.chain_id, tenant_id=desk.site.id, now=clock.now()).hour

    assert use() == 0
    push(desk, ask(desk, kind="deal.rescue"))
    assert use() == 0
    push(desk, ask(desk))
    with desk.session() as session:
        (attempt,) = queries_transactions.life(session, _newest(desk)).attempts  # type: ignore[union-attr]
    assert use() == attempt.gas * attempt.max_fee > 0


def told(name: str, address: str) -> None:
    change = text("update platform.signer_keys set address = :address where name = :name")
    with platform_session() as session:
        session.execute(change, {"address": address, "name": name})


def test_a_key_whose_file_was_replaced_signs_nothing(desk: Desk) -> None:
    name = f"operator-{desk.site.id}"
    address = desk.ports.keys.address(name)
    told(name, "0x" + "1" * 40)
    try:
        assert "isn't the one it was" in push(desk, ask(desk)).error
    finally:
        told(name, address)


def test_no_line_of_the_decisions_can_be_changed_by_anybody_who_runs(access: bootstrap.Access, desk: Desk) -> None:
    push(desk, ask(desk))
    for role_url in (access.signer, access.platform):
        url = make_url(role_url).set(drivername="postgresql").render_as_string(hide_password=False)
        for statement in ("UPDATE platform.signer_decisions SET cost = 0", "DELETE FROM platform.signer_decisions"):
            with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def _newest(desk: Desk) -> UUID:
    newest = text("select intent_id from app.chain_transactions order by created_at desc limit 1")
    with desk.session() as session:
        found: UUID = session.execute(newest).scalar_one()
    return found
