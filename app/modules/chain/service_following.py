"""What people are told about following the chain, and what they decide: alarms, the freeze, a branch to accept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.permissions import Actor, Role, system
from app.modules.accounts import service as accounts
from app.modules.approvals import service as approvals
from app.modules.audit import service as audit
from app.modules.chain import queries_following as queries
from app.modules.chain.errors import NoSuchAlarm
from app.modules.chain.models import ChainNetwork
from app.modules.chain.models_following import ChainAlarm, ChainEndpoint, ChainReorg, ChainVerification
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_following import FREEZING
from app.modules.chain.rules_alarms import ABOUT_SITES
from tenants import context, ids
from tenants.session import platform_session

UNFREEZE = "chain.unfreeze"


@dataclass(frozen=True, kw_only=True)
class Following:
    """How a chain is followed. `lag` is how many blocks the cursor is behind the nodes, None where none answered."""

    network: ChainNetwork | None
    endpoints: list[ChainEndpoint]
    alarms: list[ChainAlarm]
    past: list[ChainAlarm]
    reorgs: list[ChainReorg]
    verifications: list[ChainVerification]

    @property
    def head(self) -> int:
        """The newest block that any healthy node has."""
        return max((one.head_number for one in self.endpoints if one.state == "healthy"), default=-1)

    @property
    def lag(self) -> int | None:
        return max(0, self.head - self.network.head_number) if self.network and self.head >= 0 else None

    @property
    def frozen(self) -> bool:
        return any(alarm.kind in FREEZING for alarm in self.alarms)

    @property
    def about_all(self) -> list[ChainAlarm]:
        """What alarms and concerns every site: neither one site alone nor who decides about a freeze."""
        return [alarm for alarm in self.alarms if alarm.kind not in FREEZING and alarm.kind not in ABOUT_SITES]

    @property
    def needed(self) -> int:
        """How many nodes have to agree before anything is credited."""
        return min(2, len(self.endpoints))


def following(chain_id: int) -> Following:
    """Return how a chain is followed, from the database alone."""
    with platform_session() as session:
        return Following(
            network=session.get(ChainNetwork, chain_id),
            endpoints=queries.endpoints(session, chain_id),
            alarms=queries.open_alarms(session, chain_id),
            past=queries.past_alarms(session, chain_id),
            reorgs=queries.reorgs(session, chain_id),
            verifications=queries.verifications(session, chain_id),
        )


def is_frozen(chain_id: int) -> bool:
    """Tell whether nothing of ours may be sent: final blocks were lost, or nodes contradict what was seen."""
    with platform_session() as session:
        return any(alarm.kind in FREEZING for alarm in queries.open_alarms(session, chain_id))


def raise_alarm(session: Session, *, chain_id: int, kind: str, details: dict[str, Any], now: datetime) -> bool:
    """Alarm, or say again what alarms already (a platform session). Returns whether it is new."""
    values = {"id": ids.new(), "chain_id": chain_id, "kind": kind, "details": details, "accepted": False}
    fresh = insert(ChainAlarm).values(**values, raised_at=now, last_at=now)
    kept = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["chain_id", "kind"],
            index_where=ChainAlarm.cleared_at.is_(None),
            set_={"details": details, "last_at": now},
        ).returning(ChainAlarm.id)
    ).scalar_one()
    return bool(kept == values["id"])


def end_alarm(session: Session, *, chain_id: int, kind: str, now: datetime) -> None:
    """End an alarm whose cause is over (a platform session); nothing happens where there is none."""
    open_one = update(ChainAlarm).where(
        ChainAlarm.chain_id == chain_id, ChainAlarm.kind == kind, ChainAlarm.cleared_at.is_(None)
    )
    session.execute(open_one.values(cleared_at=now))


def ask_to_clear(session: Session, *, actor: Actor, alarm_id: UUID, reason: str, now: datetime) -> approvals.Approval:
    """Ask for a second person to end an alarm that freezes, and the freeze with it.

    Raises Forbidden, NoSuchAlarm (also for one that ends by itself and freezes nothing), AlreadyAsked.
    """
    POLICY.must(actor, ChainPermission.OPERATE)
    with platform_session() as platform:
        alarm = platform.get(ChainAlarm, alarm_id)
        if alarm is None or alarm.cleared_at is not None or alarm.kind not in FREEZING:
            raise NoSuchAlarm
        facts = [{"code": alarm.kind, "values": {key: str(value) for key, value in alarm.details.items()}}]
        if alarm.kind == "deep-reorg":
            facts.append({"code": "branch-accepted" if alarm.accepted else "branch-open"})
    return approvals.ask(
        session, actor=actor, kind=UNFREEZE, subject_id=alarm_id, facts=facts, reason=reason.strip(), now=now
    )


def clear_alarm(session: Session, *, approval_id: UUID, alarm_id: UUID, decided_by: UUID, now: datetime) -> None:
    """End an alarm, and a freeze with it, as two people decided. One that is over already stays as it is."""
    asked = approvals.get(session, approval_id)
    people = [accounts.person(session, user_id).name for user_id in (asked.asked_by, decided_by)]
    with platform_session() as platform:
        alarm = platform.get(ChainAlarm, alarm_id, with_for_update=True)
        if alarm is None or alarm.cleared_at is not None:
            return
        alarm.cleared_at, alarm.cleared_by, alarm.approval_id = now, ", ".join(people), approval_id
        alarm.reason = asked.reason
        body = {"kind": alarm.kind, "reason": asked.reason, "decided_by": str(decided_by)}
    audit.record(
        session, actor=system(context.tenant_id()), action="chain.alarm-cleared", subject_kind="chain-alarm",
        subject_id=alarm_id, after=body, now=now,
    )  # fmt: skip


def accept_branch(session: Session, *, actor: Actor, alarm_id: UUID, reason: str, now: datetime) -> None:
    """Let a person decide that the nodes' branch is followed although final blocks are lost.

    The follower then takes back what was booked from them. The alarm stays, and with it the freeze. Raises Forbidden,
    NoSuchAlarm.
    """
    POLICY.must(actor, ChainPermission.OPERATE)
    with platform_session() as platform:
        alarm = platform.get(ChainAlarm, alarm_id, with_for_update=True)
        if alarm is None or alarm.cleared_at is not None or alarm.kind != "deep-reorg":
            raise NoSuchAlarm
        alarm.accepted, alarm.reason = True, reason
    audit.record(
        session, actor=actor, action="chain.branch-accepted", subject_kind="chain-alarm", subject_id=alarm_id,
        after={"reason": reason}, now=now,
    )  # fmt: skip


def is_alone(session: Session) -> bool:
    """Tell whether the installation has fewer than two operators, so that nobody could be the second person."""
    return len(accounts.people_with_role(session, Role.SUPER_ADMIN)) < 2


def requests(session: Session, found: Following) -> dict[UUID, approvals.Approval]:
    """Return alarm id → the request to end it that waits for a second person."""
    asked = {alarm.id: approvals.open_one(session, UNFREEZE, alarm.id) for alarm in found.alarms}
    return {alarm_id: one for alarm_id, one in asked.items() if one is not None}


def alarms_count(chain_id: int) -> int:
    """Return how many alarms are open."""
    with platform_session() as session:
        counted = session.query(func.count(ChainAlarm.id)).filter(
            ChainAlarm.chain_id == chain_id, ChainAlarm.cleared_at.is_(None)
        )
        return int(counted.scalar() or 0)
