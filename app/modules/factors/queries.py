"""What is read about a person's second factors."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.modules.factors.models import Passkey, RecoveryCode, TotpSecret
from app.modules.factors.rules import Held


def held(session: Session, user_id: UUID) -> Held:
    """Return what the person has."""
    totp = select(TotpSecret.id).where(TotpSecret.user_id == user_id, TotpSecret.confirmed_at.is_not(None)).exists()
    keys = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    codes = select(func.count()).select_from(RecoveryCode)
    codes = codes.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    row = session.execute(select(totp, keys.scalar_subquery(), codes.scalar_subquery())).one()
    return Held(*row)


def passkeys(session: Session, user_id: UUID, *, rp_id: str = "") -> Sequence[Passkey]:
    """Return the person's passkeys, the oldest first; with `rp_id` those of that host alone."""
    mine = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    return session.scalars(mine.where(Passkey.rp_id == rp_id) if rp_id else mine).all()


def passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this credential, locked until the transaction ends, or None."""
    return session.scalars(
        select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    ).one_or_none()
