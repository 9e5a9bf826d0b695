"""Keeping what a comparison of books and contracts found; payouts stand still until two people settle it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import permissions
from app.core.permissions import Actor, Role
from app.modules.accounts import service as accounts
from app.modules.approvals import service as approvals
from app.modules.approvals.errors import AlreadyDecided
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.escrow.errors import NothingStandsStill, ReasonNeeded
from app.modules.escrow.models_reconciling import Reconciliation
from app.modules.escrow.permissions import POLICY, EscrowPermission
from app.modules.ledger.service import Difference
from app.modules.notifications import service as notifications
from tenants import context

RESUME = "payouts.resume"
KEPT = 100  # results that the page shows
PAGE = "/manage/reconciliation"


def fingerprint(differences: Sequence[Difference]) -> str:
    """Return a name for exactly these differences (SHA-256 in hexadecimal), empty for none."""
    if not differences:
        return ""
    told = sorted([one.what, str(one.booked), str(one.counted)] for one in differences)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def note(
    session: Session, *, chain_id: int, block: int, journals: int, escrows: int, differences: Sequence[Difference],
    now: datetime,
) -> Reconciliation:  # fmt: skip
    """Keep a result: a new row where it changed, else once more of the same. New differences stop payouts."""
    name, last = fingerprint(differences), latest(session)
    if last is not None and last.fingerprint == name and last.chain_id == chain_id:
        last.last_at, last.times, last.block_number = now, last.times + 1, block
        last.journals, last.escrows = journals, escrows
        session.flush()
        found = last
    else:
        found = Reconciliation(
            chain_id=chain_id, block_number=block, journals=journals, escrows=escrows, fingerprint=name,
            differences=[one.as_fact() for one in differences],
            first_at=now, last_at=now,
        )  # fmt: skip
        session.add(found)
        session.flush()
    if name and not chain.was_settled(session, name):
        _stop(session, found, now)
    return found


def _stop(session: Session, found: Reconciliation, now: datetime) -> None:
    """Let payouts stand still, and tell those who can settle it; once for each time that they stop."""
    if not chain.freeze_payouts(session, fingerprint=found.fingerprint, now=now):
        return
    audit.record(
        session, actor=permissions.system(context.tenant_id()), action="payouts.stopped",
        subject_kind="reconciliation", subject_id=found.id, after={"differences": len(found.differences)}, now=now,
    )  # fmt: skip
    offices = (Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER)
    for user_id in {one for role in offices for one in accounts.people_with_role(session, role)}:
        notifications.tell(session, user_id=user_id, kind="payouts-stopped", url=PAGE, now=now)


def ask_to_resume(session: Session, *, actor: Actor, reason: str, now: datetime) -> approvals.Approval:
    """Ask for a second person to let payouts go on although something differs, or differed.

    Raises Forbidden, ReasonNeeded, NothingStandsStill, AlreadyAsked.
    """
    POLICY.must(actor, EscrowPermission.SETTLE)
    if not reason.strip():
        raise ReasonNeeded("Say what was found out about the differences.")
    freeze, last = chain.payout_freeze(session), latest(session)
    if freeze is None or last is None:
        raise NothingStandsStill
    return approvals.ask(
        session, actor=actor, kind=RESUME, subject_id=freeze.id, facts=last.differences, reason=reason.strip(), now=now
    )


def resume(session: Session, *, approval_id: UUID, freeze_id: UUID, decided_by: UUID, now: datetime) -> None:
    """Let payouts go on, as two people decided. Raises AlreadyDecided where they go on already."""
    if not chain.resume_payouts(session, freeze_id=freeze_id, approval_id=approval_id, now=now):
        raise AlreadyDecided
    actor = permissions.system(context.tenant_id())
    audit.record(
        session, actor=actor, action="payouts.resumed", subject_kind="approval", subject_id=approval_id,
        after={"decided_by": str(decided_by)}, now=now,
    )  # fmt: skip


def latest(session: Session) -> Reconciliation | None:
    """Return the newest result, or None before the first."""
    return session.scalars(select(Reconciliation).order_by(Reconciliation.last_at.desc()).limit(1)).one_or_none()


def past(session: Session) -> list[Reconciliation]:
    """Return the newest KEPT results, the newest first."""
    return list(session.scalars(select(Reconciliation).order_by(Reconciliation.last_at.desc()).limit(KEPT)))
