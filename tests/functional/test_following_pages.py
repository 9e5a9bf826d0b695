"""The pages about following the chain: what alarms, what a person decides, and who sees it."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.core import clock
from app.core.permissions import Role
from app.lifecycle import Platform
from app.modules.chain import service_following as following
from app.modules.chain import tasks_alarming
from app.modules.chain.models_following import ChainAlarm, ChainEndpoint, ChainReorg
from app.modules.chain.models_prices import ChainPrice
from app.modules.notifications.models import Mail
from tenants import ids, service
from tenants.service import Site
from tenants.session import platform_session, tenant_session
from tests.functional.accounts import PASSWORD, acts, person, signed_in
from tests.support.http import Visitor
from tests.support.work import World


@pytest.fixture
def console(database: None) -> Site:
    slug = f"console-{ids.new().hex[-12:]}"
    lenient = {"second_factor_roles": []}
    return service.found(
        slug=slug, name="Portico", host=f"{slug}.localhost", kind="installation", settings_values=lenient,
        now=clock.now(),
    )  # fmt: skip


@pytest.fixture
def sam(app: Platform, console: Site) -> Visitor:
    person(console, "sam", Role.SUPER_ADMIN)
    return Visitor(app, console.host).sign_in("sam@example.org", PASSWORD)


@pytest.fixture
def alarm(settings: Settings, database: None) -> Iterator[UUID]:
    """Final blocks were lost, one of three nodes is out, and a branch was lost before."""
    now, chain_id = clock.now(), settings.chain_id
    with platform_session() as session:
        following.raise_alarm(
            session, chain_id=chain_id, kind="deep-reorg", details={"followed": 19, "final": 17, "node": 12}, now=now
        )
        session.add(
            ChainReorg(
                chain_id=chain_id, seen_at=now, old_number=1234, old_hash="0x" + "ab" * 32, fork_number=1231,
                logs_undone=2, below_final=False,
            )
        )  # fmt: skip
        for name, state in (("one.example", "healthy"), ("two.example", "healthy"), ("three.example", "cordoned")):
            session.add(
                ChainEndpoint(
                    chain_id=chain_id, name=name, state=state, latency_ms=12, head_number=1240, final_number=1230,
                    error="said otherwise than the others about logs", good=1, needed=2, since=now, looked_at=now,
                )
            )  # fmt: skip
    yield next(one.id for one in following.following(chain_id).alarms)
    with platform_session() as session:
        for table in (ChainAlarm, ChainReorg, ChainEndpoint):
            session.execute(delete(table))


def test_the_operator_sees_nodes_lost_branches_and_what_needs_them(sam: Visitor, alarm: UUID) -> None:
    shown = sam.get("/chain").text
    for words in ("Final blocks were lost", "Frozen", "three.example", "Outvoted", "2 of 3 nodes", "1,234"):
        assert words in shown, words
    assert "It said otherwise than the others." in shown
    assert "Block 19 was followed, block 17 was final; the nodes were at block 12." in shown


def test_a_freeze_is_ended_by_two_operators(
    app: Platform, sam: Visitor, console: Site, settings: Settings, world: World, alarm: UUID
) -> None:
    person(console, "sue", Role.SUPER_ADMIN)
    refused = sam.get("/chain").submit(f"/alarms/{alarm}/clear", reason="")
    assert refused.status == 422
    assert "the record keeps it" in refused.text
    token = sam.get("/chain").form().fields["csrf_token"]
    sam.post(f"/chain/alarms/{alarm}/accept", {"csrf_token": token, "reason": "Two explorers agree."})
    assert "The new branch will be followed" in sam.text
    assert following.following(settings.chain_id).alarms[0].accepted
    sam.get("/chain").submit(f"/alarms/{alarm}/clear", reason="Followed again.")
    assert "Another operator is asked to agree" in sam.text
    request = sam.path
    assert "Somebody else has to agree" in sam.text
    token = sam.form("/withdraw").fields["csrf_token"]
    assert sam.post(f"{request}/approve", {"csrf_token": token, "note": ""}).status == 403
    world.settle()
    assert following.is_frozen(settings.chain_id)
    assert "Open the request" in sam.get("/chain").text
    sue = Visitor(app, console.host).sign_in("sue@example.org", PASSWORD)
    assert "Final blocks were lost" in sue.get("/manage/approvals").get(request).text
    assert "the nodes were at block" in sue.text
    sue.submit("/approve", note="I looked too.")
    world.settle()
    assert "Nothing alarms" in sam.get("/chain").text
    assert "Sam, Sue" in sam.text
    assert not following.is_frozen(settings.chain_id)
    assert {"chain.branch-accepted", "approval.asked", "approval.approved", "chain.alarm-cleared"} <= set(acts(console))
    gone = sam.post(f"/chain/alarms/{alarm}/clear", {"csrf_token": token, "reason": "Again."})
    assert gone.status == 404


def test_one_operator_alone_is_told_what_to_do(sam: Visitor, console: Site, settings: Settings, alarm: UUID) -> None:
    shown = sam.get("/chain").text
    assert "You are the only operator" in shown
    assert f"portico users create --tenant {console.slug} --role super_admin" in shown
    assert "Ask to end the freeze" not in shown
    assert following.is_frozen(settings.chain_id)


def test_the_database_keeps_one_person_from_ending_a_deep_freeze(settings: Settings, alarm: UUID) -> None:
    with pytest.raises(IntegrityError), platform_session() as session:
        session.get_one(ChainAlarm, alarm).cleared_at = clock.now()


def mails(console: Site) -> list[str]:
    with tenant_session(console.id) as session:
        return list(session.scalars(select(Mail.kind).order_by(Mail.created_at, Mail.id)))


def test_operators_are_mailed_once_when_an_alarm_begins_and_once_when_it_ends(
    sam: Visitor, console: Site, settings: Settings, alarm: UUID
) -> None:
    now, chain_id = clock.now(), settings.chain_id
    for _ in range(3):
        tasks_alarming.tell(chain_id, now=now)
    assert mails(console) == ["alarm-deep-reorg"]
    with platform_session() as session:
        row = session.get_one(ChainAlarm, alarm)
        row.cleared_at, row.approval_id = now, ids.new()
    for _ in range(2):
        tasks_alarming.tell(chain_id, now=now)
    assert mails(console) == ["alarm-deep-reorg", "alarm-deep-reorg-over"]
    assert "The chain lost final blocks" in sam.get("/notifications").text


def test_what_comes_and_goes_is_told_twice_in_half_an_hour_and_what_is_over_at_once_never(
    sam: Visitor, console: Site, settings: Settings, alarm: UUID
) -> None:
    now, chain_id = clock.now(), settings.chain_id
    tasks_alarming.tell(chain_id, now=now)
    for minute in range(20):
        then = now + timedelta(minutes=minute)
        with platform_session() as session:
            details = {"nodes": "one.example"}
            following.raise_alarm(session, chain_id=chain_id, kind="node-out", details=details, now=then)
        tasks_alarming.tell(chain_id, now=then)
        if minute > 4:  # the first one lasts four minutes, all others are gone by the next look
            with platform_session() as session:
                following.end_alarm(session, chain_id=chain_id, kind="node-out", now=then)
            tasks_alarming.tell(chain_id, now=then)
    assert mails(console) == ["alarm-deep-reorg", "alarm-node-out", "alarm-node-out-over"]


def test_a_halted_signer_alarms(sam: Visitor, console: Site, settings: Settings, alarm: UUID) -> None:
    now, chain_id = clock.now(), settings.chain_id
    sam.get("/signer").submit("/halt", reason="A key may be known.")
    try:
        tasks_alarming.look_at_signer(settings, now=now)
        tasks_alarming.tell(chain_id, now=now + timedelta(minutes=2))
        assert "Sam: A key may be known." in sam.get("/chain").text
    finally:
        sam.get("/signer").submit("/resume")
    tasks_alarming.look_at_signer(settings, now=now)
    tasks_alarming.tell(chain_id, now=now + timedelta(minutes=2))
    told = [kind for kind in mails(console) if "signer-halted" in kind]
    assert told == ["alarm-signer-halted", "alarm-signer-halted-over"]


def test_keys_with_little_coin_alarm(sam: Visitor, settings: Settings, alarm: UUID) -> None:
    now, chain_id, coin = clock.now(), 424242, [0]
    elsewhere = SimpleNamespace(chain_id=chain_id, is_local_chain=False)
    ports = SimpleNamespace(
        chain=SimpleNamespace(balance=lambda _address, at: coin[0]), keys=SimpleNamespace(address=lambda name: name)
    )
    with platform_session() as session:
        session.merge(ChainPrice(chain_id=chain_id, gas_price=10**10, seen_at=now))
    tasks_alarming.look_at_coin(elsewhere, ports, now=now)
    assert [(one.kind, one.details) for one in following.following(chain_id).alarms] == [
        ("low-coin", {"keys": "owner"})
    ]
    coin[0] = 10**17
    tasks_alarming.look_at_coin(elsewhere, ports, now=now)
    assert following.following(chain_id).alarms == []
    with platform_session() as session:
        session.execute(delete(ChainPrice).where(ChainPrice.chain_id == chain_id))
    tasks_alarming.look_at_coin(settings, ports, now=now)  # the local chain gives its keys what they need
    assert "low-coin" not in {one.kind for one in following.following(settings.chain_id).alarms}


def test_a_tenants_office_reads_it_and_decides_nothing(
    app: Platform, acme: Site, settings: Settings, alarm: UUID
) -> None:
    person(acme, "otto", Role.TENANT_ADMIN)
    otto = signed_in(app, acme, "otto")
    with platform_session() as session:
        for kind, details in (("low-coin", {"keys": "Zeta"}), ("finality-late", {"blocks": 99, "normal": 3})):
            following.raise_alarm(session, chain_id=settings.chain_id, kind=kind, details=details, now=clock.now())
    shown = otto.get("/manage/chain/following").text
    assert "The operator of this installation sees it too" in shown
    assert "2 of 3 nodes have to agree" in shown
    assert "three.example" not in shown
    assert "Blocks become final late" in shown
    assert "little coin" not in shown
    assert otto.get("/chain").status == 404
    person(acme, "alice", Role.INVESTOR)
    assert signed_in(app, acme, "alice").get("/manage/chain/following", follow=False).status == 403
