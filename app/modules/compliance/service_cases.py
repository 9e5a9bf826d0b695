"""A case as a thing: found, begun, and every act on it written down. Below the service, which decides who may."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.compliance import queries
from app.modules.compliance.errors import NoSuchCase
from app.modules.compliance.models import Case, TrailEntry
from app.modules.compliance.rules import Level, Status


def new(session: Session, *, user_id: UUID, level: Level, now: datetime) -> Case:
    case = Case(
        user_id=user_id,
        number=queries.next_number(session),
        level=level.value,
        status=Status.COLLECTING.value,
        declared={},
        reopened={},
        opened_at=now,
    )
    session.add(case)
    session.flush()
    return case


def locked(session: Session, actor: Actor, case_id: UUID) -> Case:
    return found(session, actor, case_id, lock=True)


def found(session: Session, actor: Actor, case_id: UUID, *, lock: bool = False) -> Case:
    case = session.get(Case, (actor.tenant_id, case_id), with_for_update=lock or None, populate_existing=lock)
    if case is None:
        raise NoSuchCase
    return case


def trace(session: Session, case: Case, *, actor: Actor, what: str, shown: bool, now: datetime, text: str = "") -> None:
    entry = TrailEntry(
        case_id=case.id, what=what, text=text, shown=shown, actor_id=actor.user_id, actor_name=actor.name, at=now
    )
    session.add(entry)
    session.flush()


def log(session: Session, case: Case, *, actor: Actor, action: str, now: datetime, **details: Any) -> None:
    after = {"status": case.status, "level": case.level, "reference": case.reference, **details}
    audit.record(
        session,
        actor=actor,
        action=f"verification.{action}",
        subject_kind="verification_case",
        subject_id=case.id,
        after=after,
        now=now,
    )
