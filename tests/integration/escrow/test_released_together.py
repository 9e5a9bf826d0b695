"""Money that is released together with other people's ends where it does alone, and everybody is told the same."""

from uuid import UUID

from sqlalchemy import text

from app.core import clock
from app.modules.chain import service as chain
from app.modules.chain.rules import RELEASE
from app.modules.escrow import service as escrow
from app.modules.escrow import tasks_reconciling
from tests.support.desk import Desk
from tests.support.releasing import Till


def paid(desk: Desk, deal_id: UUID, count: int) -> list[UUID]:
    investments = [desk.expect(deal_id, desk.person()) for _ in range(count)]
    for one in investments:
        desk.pay(one)
    desk.settle()
    assert [desk.escrow(one).status for one in investments] == ["held"] * count
    return investments


def approve(desk: Desk, investments: list[UUID]) -> None:
    """Decide about all in one breath, as a verification does that they all waited for."""
    with desk.session() as session:
        for one in investments:
            escrow.approve(session, actor=desk.officer, investment_id=one, now=clock.now())
    desk.settle()
    desk.mine(4)
    desk.settle()


def outcome(desk: Desk, investment_id: UUID) -> dict[str, object]:
    """Return what became of an investment's money after it was held, without names, hashes and times."""
    facts = text(
        "select name from app.outbox_events where body::text like '%' || :id || '%'"
        " and body->>'kind' is distinct from 'demo.mint' and body->>'kind' is distinct from 'demo.pay'"
        " and id > all (select id from app.outbox_events where name = 'EscrowHeld')"
    )
    books = text(
        "select a.kind, p.asset, p.amount, j.kind from app.ledger_postings p"
        " join app.ledger_journals j on j.tenant_id = p.tenant_id and j.id = p.journal_id"
        " join app.ledger_accounts a on a.tenant_id = p.tenant_id and a.id = p.account_id"
        " where (j.cause || j.key) like '%' || :id || '%'"
    )
    with desk.session() as session:
        told = sorted(session.execute(facts, {"id": str(investment_id)}).scalars())
        booked = sorted(map(str, session.execute(books, {"id": str(investment_id)}).all()))
        release = next(one for one in chain.intents_about(session, investment_id) if one.kind == RELEASE)
    found = desk.escrow(investment_id)
    return {
        "status": (found.status, found.problem, found.tokens, found.fee),
        "its transaction": found.closed_tx == release.tx_hash != "",
        "release": (release.state, release.succeeded, release.error),
        "told": told,
        "booked": booked,
    }


def test_the_end_of_each_is_that_of_one_that_went_alone(desk: Desk) -> None:
    deal_id = desk.open_deal()
    alone, *together = paid(desk, deal_id, 4)
    approve(desk, [alone])
    approve(desk, together)
    with desk.session() as session:
        releases = [one for each in together for one in chain.intents_about(session, each) if one.kind == RELEASE]
    assert len(releases) == 3
    assert len({one.carried_by for one in releases} - {None}) == 1
    assert len({one.tx_hash for one in releases}) == 1
    expected = outcome(desk, alone)
    assert desk.escrow(alone).status == "released"
    assert (expected["its transaction"], bool(expected["booked"])) == (True, True)
    assert {"LogFinal", "EscrowReleased", "TransactionFinal"} <= set(expected["told"])  # type: ignore[call-overload]
    for one in together:
        for name, value in outcome(desk, one).items():
            assert value == expected[name], name
    assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []


def test_one_whose_money_went_home_is_refused_and_the_others_are_released(desk: Desk) -> None:
    deal_id = desk.open_deal()
    first, late, last = paid(desk, deal_id, 3)
    Till(desk, deal_id).take_back(late, payer=desk.escrow(late).payer)
    approve(desk, [first, late, last])
    desk.settle()
    assert [desk.escrow(one).status for one in (first, late, last)] == ["released", "refunded", "released"]
    with desk.session() as session:
        asked = [chain.intents_about(session, one)[-1] for one in (first, late, last)]
    assert [(one.state, one.alone) for one in asked] == [("final", True), ("refused", True), ("final", True)]
    assert tasks_reconciling.check(desk.site, desk.ports.chain, desk.settings).differences == []
