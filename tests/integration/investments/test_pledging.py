import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.core import outbox
from app.core.permissions import Actor
from app.modules.deals import service as deals
from app.modules.deals.errors import NoRoom
from app.modules.investments import queries, rules, service
from app.modules.investments.errors import AmountRefused, NotEligible, NotPossibleNow, Unanswered, UnknownInvestment
from app.modules.investments.models import Investment
from app.modules.investments.rules import RESERVED_FOR, Step
from tenants.service import Site
from tenants.session import tenant_session
from tests.support.investing import EUR, SETTINGS, Cast, answered, open_deal, person, pledge


def test_a_pledge_reserves_room_numbers_the_investment_and_tells_the_world(
    acme: Site, cast: Cast, now: datetime
) -> None:
    with tenant_session(acme.id) as session:
        made = pledge(session, cast.alice, answered(session, cast.alice, cast.deal_id, now=now), now=now)
    with tenant_session(acme.id) as session:
        kept = queries.get(session, made.id)
        assert (kept.status, kept.number) == ("pledged", f"INV-{now.year}-000001")
        assert kept.pay_by == now + RESERVED_FOR
        assert kept.tokens == 10 * 10**18
        assert deals.for_investment(session, cast.deal_id).reserved == 10_000 * EUR
        names = session.scalars(select(outbox.OutboxEvent.name)).all()
        assert "InvestmentPledged" in names


def test_fifty_people_pledging_at_once_never_pass_the_hard_cap(acme: Site, cast: Cast, now: datetime) -> None:
    """Room for 20 of 50; each asks for a twentieth, all in the same moment."""
    with tenant_session(acme.id) as session:
        deal_id = open_deal(session, cast.irene, now=now, slug="small", hard_cap=200_000 * EUR)
        crowd = [person(session, acme, f"investor{number}", now=now) for number in range(50)]
        drafts = [answered(session, each, deal_id, now=now).id for each in crowd]
    start = threading.Barrier(10)

    def run(number: int) -> str:
        if number < 10:
            start.wait(timeout=20)
        try:
            with tenant_session(acme.id) as session:
                pledge(session, crowd[number], queries.get(session, drafts[number]), now=now)
        except NoRoom:
            return "no room"
        return "pledged"

    with ThreadPoolExecutor(10) as pool:
        outcomes = Counter(pool.map(run, range(50)))
    assert outcomes == {"pledged": 20, "no room": 30}
    with tenant_session(acme.id) as session:
        deal = deals.for_investment(session, deal_id)
        assert (deal.raised, deal.reserved, deal.headroom) == (0, 200_000 * EUR, 0)
        numbers = session.scalars(select(Investment.number).where(Investment.number.is_not(None))).all()
        assert len(set(numbers)) == 20


def test_a_pledge_sent_many_times_at_once_is_one_investment(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
    start = threading.Barrier(8)

    def run(_: int) -> UUID:
        start.wait(timeout=20)
        with tenant_session(acme.id) as session:
            return pledge(session, cast.alice, draft, now=now).id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(8))) == {draft.id}
    with tenant_session(acme.id) as session:
        assert deals.for_investment(session, cast.deal_id).reserved == 10_000 * EUR
        facts = select(func.count()).where(outbox.OutboxEvent.name == "InvestmentPledged")
        assert session.execute(facts).scalar_one() == 1


def test_two_tabs_that_begin_at_once_share_one_draft(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        deal = deals.for_investment(session, cast.deal_id)
    start = threading.Barrier(6)

    def run(_: int) -> UUID:
        start.wait(timeout=20)
        with tenant_session(acme.id) as session:
            return service.begin(session, actor=cast.alice, deal=deal, settings=SETTINGS, now=now).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(run, range(6)))) == 1


def test_nobody_pledges_for_somebody_else_or_from_another_site(
    acme: Site, zeta: Site, cast: Cast, now: datetime
) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
        bob = person(session, acme, "bob", now=now)
    with pytest.raises(UnknownInvestment), tenant_session(acme.id) as session:
        pledge(session, bob, draft, now=now)
    with tenant_session(zeta.id) as session:
        mallory = person(session, zeta, "mallory", now=now)
    with pytest.raises(UnknownInvestment), tenant_session(zeta.id) as session:
        pledge(session, mallory, draft, now=now)


@pytest.mark.parametrize("left_out", [Step.INVESTOR, Step.RISKS, Step.DOCUMENTS])
def test_a_step_left_out_stops_the_pledge(acme: Site, cast: Cast, now: datetime, left_out: Step) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
        draft.answers = {name: value for name, value in draft.answers.items() if name != left_out.value}
    with pytest.raises(Unanswered) as refused, tenant_session(acme.id) as session:
        pledge(session, cast.alice, draft, now=now)
    assert refused.value.step == left_out
    with tenant_session(acme.id) as session:
        assert deals.for_investment(session, cast.deal_id).reserved == 0


def test_one_risk_that_is_not_acknowledged_stops_the_pledge(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
        known = dict(draft.answers["risks"])
        known.pop("default")
        draft.answers = {**draft.answers, "risks": known}
    with pytest.raises(Unanswered), tenant_session(acme.id) as session:
        pledge(session, cast.alice, draft, now=now)


def test_eligibility_is_asked_again_when_the_commitment_is_made(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
    after_the_end = now + timedelta(days=31)
    with pytest.raises(NotEligible), tenant_session(acme.id) as session:
        pledge(session, cast.alice, draft, now=after_the_end)


def test_a_pledge_that_was_refused_can_be_sent_again_with_the_same_key(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
    with pytest.raises(NotEligible), tenant_session(acme.id) as session:
        pledge(session, cast.alice, draft, now=now + timedelta(days=31))
    with tenant_session(acme.id) as session:
        assert pledge(session, cast.alice, draft, now=now).status == "pledged"


def test_an_issuer_cannot_invest_in_the_own_deal(acme: Site, cast: Cast, now: datetime) -> None:
    both = Actor(tenant_id=acme.id, user_id=cast.irene.user_id, roles=cast.irene.roles | cast.alice.roles)
    with tenant_session(acme.id) as session:
        deal = deals.for_investment(session, cast.deal_id)
        with pytest.raises(NotEligible):
            service.begin(session, actor=both, deal=deal, settings=SETTINGS, now=now)


def test_amounts_outside_of_the_limits_are_not_kept(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        draft = answered(session, cast.alice, cast.deal_id, now=now)
        for amount, problem in ((4_999 * EUR, "low"), (60_001 * EUR, "ticket"), (5_000 * EUR + 1, "grain")):
            with pytest.raises(AmountRefused) as refused:
                service.set_amount(session, actor=cast.alice, investment_id=draft.id, amount=amount, now=now)
            assert refused.value.problem == problem
        assert draft.amount == 10_000 * EUR


def test_a_pledge_is_no_draft_any_more(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        made = pledge(session, cast.alice, answered(session, cast.alice, cast.deal_id, now=now), now=now)
        with pytest.raises(NotPossibleNow):
            service.set_amount(session, actor=cast.alice, investment_id=made.id, amount=5_000 * EUR, now=now)


def test_the_database_knows_the_same_table_of_states(acme: Site) -> None:
    with tenant_session(acme.id) as session:
        source = session.execute(text("select prosrc from pg_proc where proname = 'investment_moves'")).scalar_one()
    pairs = set(re.findall(r"\('(\w+)', '(\w+)'\)", source))
    assert pairs == {(before.value, after.value) for (before, _), after in rules.TRANSITIONS.items()}


def test_the_database_refuses_a_jump(acme: Site, cast: Cast, now: datetime) -> None:
    with tenant_session(acme.id) as session:
        made = pledge(session, cast.alice, answered(session, cast.alice, cast.deal_id, now=now), now=now)
    with pytest.raises(IntegrityError), tenant_session(acme.id) as session:
        session.execute(text("update app.investments set status = 'completed' where id = :id"), {"id": made.id})
