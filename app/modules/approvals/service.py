"""Asking for a second person, and answering."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.permissions import Actor
from app.modules.approvals import queries, rules
from app.modules.approvals.errors import AlreadyAsked, AlreadyDecided, OwnRequest
from app.modules.approvals.events import ApprovalGranted
from app.modules.approvals.models import Approval as Approval
from app.modules.approvals.permissions import POLICY, Perm
from app.modules.approvals.rules_facts import figure as figure
from app.modules.approvals.rules_facts import said as said
from app.modules.audit import service as audit
from tenants import context, ids


def ask(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    subject_id: UUID,
    facts: Sequence[dict[str, Any]],
    reason: str,
    now: datetime,
) -> Approval:
    """Ask for a second person; of two who ask at once one does. `facts` is what that person will be shown.

    A fact has a `code` of rules_facts.FACTS with its `values`, and may have two figures, `booked` and `counted`.

    Raises Forbidden, KeyError (unknown kind), AlreadyAsked.
    """
    POLICY.must(actor, Perm.TAKE_PART)
    assert rules.KINDS[kind]
    expire_old(session, now=now)
    row = {
        "tenant_id": context.tenant_id(), "id": ids.new(), "kind": kind, "subject_id": subject_id,
        "facts": list(facts), "reason": reason, "state": "asked", "note": "", "asked_by": actor.require_id(),
        "asked_at": now, "expires_at": now + rules.LASTS,
    }  # fmt: skip
    made = session.execute(insert(Approval).values(row).on_conflict_do_nothing().returning(Approval.id)).scalar()
    if made is None:
        raise AlreadyAsked
    asked = queries.get(session, made)
    _record(session, actor, asked, "approval.asked", {"reason": reason}, now)
    return asked


def approve(session: Session, *, actor: Actor, approval_id: UUID, note: str, now: datetime) -> Approval:
    """Agree as the second person; who asked is told to do it. Raises Forbidden, OwnRequest, AlreadyDecided."""
    asked = _decided(session, actor, approval_id, "approved", note, now)
    outbox.record(session, ApprovalGranted(asked.id, asked.kind, asked.subject_id, actor.require_id()))
    return asked


def decline(session: Session, *, actor: Actor, approval_id: UUID, note: str, now: datetime) -> Approval:
    """Refuse as the second person. Raises Forbidden, OwnRequest, AlreadyDecided."""
    return _decided(session, actor, approval_id, "declined", note, now)


def withdraw(session: Session, *, actor: Actor, approval_id: UUID, now: datetime) -> Approval:
    """Take one's own request back. Raises Forbidden, NoSuchApproval (somebody else's), AlreadyDecided."""
    POLICY.must(actor, Perm.TAKE_PART)
    asked = queries.get(session, approval_id, lock=True)
    if asked.asked_by != actor.user_id:
        raise POLICY.absent
    return _end(session, actor, asked, "withdrawn", "", now)


def expire_old(session: Session, *, now: datetime) -> None:
    """End requests that nobody answered in time."""
    late = update(Approval).where(Approval.state == "asked", Approval.expires_at <= now)
    session.execute(late.values(state="expired"))


def get(session: Session, approval_id: UUID) -> Approval:
    """Return a request. Raises NoSuchApproval."""
    return queries.get(session, approval_id)


def open_one(session: Session, kind: str, subject_id: UUID) -> Approval | None:
    """Return the request that waits for this deed, or None."""
    return queries.open_one(session, kind, subject_id)


def _decided(session: Session, actor: Actor, approval_id: UUID, state: str, note: str, now: datetime) -> Approval:
    POLICY.must(actor, Perm.TAKE_PART)
    asked = queries.get(session, approval_id, lock=True)
    if asked.asked_by == actor.user_id:
        raise OwnRequest
    return _end(session, actor, asked, state, note, now)


def _end(session: Session, actor: Actor, asked: Approval, state: str, note: str, now: datetime) -> Approval:
    if asked.state != "asked" or asked.expires_at <= now:
        raise AlreadyDecided
    asked.state, asked.decided_by, asked.decided_at, asked.note = state, actor.require_id(), now, note
    session.flush()
    _record(session, actor, asked, f"approval.{state}", {"note": note}, now)
    return asked


def _record(session: Session, actor: Actor, asked: Approval, action: str, said: dict[str, str], now: datetime) -> None:
    after = {"kind": asked.kind, "subject": str(asked.subject_id), **said}
    audit.record(
        session, actor=actor, action=action, subject_kind="approval", subject_id=asked.id, after=after, now=now
    )
