"""Letting a tenant's payouts stand still: what sends money to deals and issuers, never what sends it back to investors.

The sender doesn't begin them and the signer doesn't sign them while a freeze is open (docs/reconciliation.md).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.modules.chain.models_freezes import PayoutFreeze
from app.modules.chain.rules import RELEASE, RELEASES
from tenants import context, ids

PAYOUTS = frozenset({RELEASE, RELEASES, "sale.finalise"})
STANDING_STILL = "payouts stand still: the books and the contracts disagree"


def freeze_payouts(session: Session, *, fingerprint: str, now: datetime) -> bool:
    """Let the tenant's payouts stand still; tell whether they did not already."""
    row = {"tenant_id": context.tenant_id(), "id": ids.new(), "fingerprint": fingerprint, "since": now}
    fresh = insert(PayoutFreeze).values(row).on_conflict_do_nothing().returning(PayoutFreeze.id)
    return session.scalar(fresh) is not None


def payout_freeze(session: Session) -> PayoutFreeze | None:
    """Return the freeze of the tenant's payouts, or None."""
    return session.scalars(select(PayoutFreeze).where(PayoutFreeze.lifted_at.is_(None))).one_or_none()


def resume_payouts(session: Session, *, freeze_id: UUID, approval_id: UUID | None, now: datetime) -> bool:
    """Let payouts go on; tell whether they stood still."""
    still = update(PayoutFreeze).where(PayoutFreeze.id == freeze_id, PayoutFreeze.lifted_at.is_(None))
    lifted = still.values(lifted_at=now, approval_id=approval_id).returning(PayoutFreeze.id)
    return session.scalar(lifted) is not None


def was_settled(session: Session, fingerprint: str) -> bool:
    """Tell whether two people have settled exactly these differences before."""
    asked = select(PayoutFreeze.id).where(
        PayoutFreeze.fingerprint == fingerprint, PayoutFreeze.approval_id.is_not(None)
    )
    return session.scalars(asked.limit(1)).first() is not None


def payout_must_wait(session: Session, kind: str) -> bool:
    """Tell whether an intent of this kind must wait because payouts stand still."""
    return kind in PAYOUTS and payout_freeze(session) is not None
