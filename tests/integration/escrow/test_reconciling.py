"""Books against contracts: every way in which they can differ is found and stops payouts until two people agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.core import clock
from app.core.permissions import Actor, Role
from app.integrations.chain.contracts import Token
from app.modules.approvals import service as approvals
from app.modules.approvals.errors import AlreadyAsked, AlreadyDecided, OwnRequest
from app.modules.chain import service as chain
from app.modules.chain.models import ChainIntent
from app.modules.escrow import service as escrow
from app.modules.escrow import service_reconciling, tasks, tasks_reconciling
from app.modules.escrow.errors import NothingStandsStill, PayoutsStandStill
from tests.integration.escrow.test_money_in_escrow import paid
from tests.support import tally
from tests.support.desk import Desk
from tests.support.investing import person
from tests.support.services import postgres_admin_url
from tests.support.signing import send_as

# What somebody with the database's own rights could do to one tenant's rows (or a fault of ours), and how to undo it.
PLANTED = {
    "a posting is larger": (
        "update app.ledger_postings set amount = amount + 1 where {t} and amount > 0",
        "update app.ledger_postings set amount = amount - 1 where {t} and amount > 0",
    ),
    "a posting has another side": (
        "update app.ledger_postings set amount = -amount where {t}",
        "update app.ledger_postings set amount = -amount where {t}",
    ),
    "a posting is in another asset": (
        "update app.ledger_postings set asset = asset || 'x' where {t}",
        "update app.ledger_postings set asset = left(asset, -1) where {t}",
    ),
    "a journal has another cause": (
        "update app.ledger_journals set cause = cause || 'x' where {t}",
        "update app.ledger_journals set cause = left(cause, -1) where {t}",
    ),
    "a journal has another time": (
        "update app.ledger_journals set posted_at = posted_at + interval '1 second' where {t}",
        "update app.ledger_journals set posted_at = posted_at - interval '1 second' where {t}",
    ),
    "a journal has another kind": (
        "update app.ledger_journals set kind = kind || 'x' where {t}",
        "update app.ledger_journals set kind = left(kind, -1) where {t}",
    ),
    "journals have a gap": (
        "update app.ledger_journals set number = number + 1000 where {t}",
        "update app.ledger_journals set number = number - 1000 where {t}",
    ),
    "a kept balance has drifted": (
        "update app.ledger_balances set amount = amount + 1 where {t}",
        "update app.ledger_balances set amount = amount - 1 where {t}",
    ),
    "a deposit isn't booked": (
        "update app.ledger_accounts set kind = 'investor_available' where {t} and kind = 'escrow_held'",
        "update app.ledger_accounts set kind = 'escrow_held' where {t} and kind = 'investor_available'",
    ),
    "an escrow is said to be released": (
        "update app.escrows set status = 'released' where {t} and status = 'held'",
        "update app.escrows set status = 'held' where {t} and status = 'released'",
    ),
    "an escrow is said to be sent back": (
        "update app.escrows set status = 'refunded' where {t} and status = 'held'",
        "update app.escrows set status = 'held' where {t} and status = 'refunded'",
    ),
    "an escrow is said to hold more": (
        "update app.escrows set amount = amount + 1 where {t}",
        "update app.escrows set amount = amount - 1 where {t}",
    ),
    "an escrow isn't known": (
        "update app.escrows set status = 'expected' where {t} and status = 'held'",
        "update app.escrows set status = 'held' where {t} and status = 'expected'",
    ),
    "an escrow is of another contract": (
        "update app.escrows set payer = '0x' || reverse(substr(payer, 3)) where {t}",
        "update app.escrows set payer = '0x' || reverse(substr(payer, 3)) where {t}",
    ),
}


@contextmanager
def behind_the_back(desk: Desk, damage: str) -> Iterator[None]:
    """Do what no code of ours may, and take it back at the end."""
    url = make_url(postgres_admin_url()).set(
        database=make_url(desk.settings.tenant_url).database, drivername="postgresql"
    )
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        do, undo = (one.format(t=f"tenant_id = '{desk.site.id}'") for one in PLANTED[damage])
        assert connection.execute(do).rowcount > 0
        try:
            yield
        finally:
            connection.execute(undo)


def compare(desk: Desk) -> tasks_reconciling.Checked:
    return tasks.compare(desk.site, desk.settings, desk.ports, now=clock.now())


def stands_still(desk: Desk) -> bool:
    with desk.session() as session:
        return chain.payout_freeze(session) is not None


def officers(desk: Desk) -> tuple[Actor, Actor]:
    with desk.session() as session:
        otto = person(session, desk.site, "otto", now=clock.now(), role=Role.TENANT_ADMIN)
        carol = person(session, desk.site, "carol", now=clock.now(), role=Role.COMPLIANCE_OFFICER)
    return otto, carol


def ask(desk: Desk, actor: Actor) -> approvals.Approval:
    with desk.session() as session:
        return service_reconciling.ask_to_resume(session, actor=actor, reason="A typing error.", now=clock.now())


def release_state(desk: Desk, investment_id: UUID) -> str:
    with desk.session() as session:
        asked = session.query(ChainIntent).filter_by(subject_id=investment_id, kind="escrow.release").all()
    return asked[-1].state if asked else ""


def test_every_difference_is_found_and_an_undone_one_isnt(desk: Desk) -> None:
    paid(desk)
    assert compare(desk).differences == []
    assert not stands_still(desk)
    for damage in PLANTED:
        with behind_the_back(desk, damage):
            found = tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings)
            assert found.differences, damage
        assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == [], damage
    tally.count("B14 planted differences between books and contracts that were found", len(PLANTED))


def test_a_gift_to_an_escrow_stops_nothing(desk: Desk) -> None:
    kept = desk.escrow(paid(desk))
    send_as(desk.settings, f"operator-{desk.site.id}", Token(desk.euro).mint(kept.address, 5), desk.ports.chain)
    desk.mine(3)
    assert compare(desk).differences == []


def test_a_difference_stops_releases_until_two_people_agree(desk: Desk) -> None:
    investment_id = paid(desk)
    otto, carol = officers(desk)
    with behind_the_back(desk, "a kept balance has drifted"):
        assert compare(desk).differences
        assert stands_still(desk)
        with desk.session() as session, pytest.raises(PayoutsStandStill):
            escrow.approve(session, actor=carol, investment_id=investment_id, now=clock.now())
        with desk.session() as session:  # what the system decides waits on its way
            escrow.approve(session, actor=desk.system, investment_id=investment_id, now=clock.now())
        desk.tick()
        desk.tick()
        assert release_state(desk, investment_id) == "prepared"

        asked = ask(desk, otto)
        with pytest.raises(AlreadyAsked):
            ask(desk, carol)
        with desk.session() as session, pytest.raises(OwnRequest):
            approvals.approve(session, actor=otto, approval_id=asked.id, note="", now=clock.now())
        assert stands_still(desk)
        with desk.session() as session:
            approvals.approve(session, actor=carol, approval_id=asked.id, note="Seen.", now=clock.now())
        desk.deliver()
        assert not stands_still(desk)
        assert compare(desk).differences
        assert not stands_still(desk)  # settled differences stop nothing again
        with desk.session() as session, pytest.raises(AlreadyDecided):
            approvals.approve(session, actor=carol, approval_id=asked.id, note="", now=clock.now())
        desk.settle()
    assert release_state(desk, investment_id) == "final"
    with pytest.raises(NothingStandsStill):
        ask(desk, otto)


def test_money_goes_back_while_payouts_stand_still(desk: Desk) -> None:
    investment_id = paid(desk)
    with behind_the_back(desk, "a journal has another time"):
        compare(desk)
        assert stands_still(desk)
        with desk.session() as session:
            escrow.reject(session, actor=desk.officer, investment_id=investment_id, reason="no proof", now=clock.now())
        desk.settle()
        assert desk.escrow(investment_id).status == "refunded"


def test_a_declined_request_changes_nothing_and_other_differences_stop_again(desk: Desk) -> None:
    paid(desk)
    otto, carol = officers(desk)
    with behind_the_back(desk, "a kept balance has drifted"):
        compare(desk)
        asked = ask(desk, otto)
        with desk.session() as session:
            approvals.decline(session, actor=carol, approval_id=asked.id, note="Look again.", now=clock.now())
        desk.deliver()
        assert stands_still(desk)
        again = ask(desk, carol)
        with desk.session() as session:
            approvals.approve(session, actor=otto, approval_id=again.id, note="", now=clock.now())
        desk.deliver()
        assert not stands_still(desk)
        with behind_the_back(desk, "a journal has another time"):
            compare(desk)
            assert stands_still(desk)
