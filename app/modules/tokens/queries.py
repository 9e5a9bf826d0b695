"""What is read of tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.modules.tokens.models import ApiKey, Family, RefreshToken
from tenants import context


def family(session: Session, family_id: UUID, now: datetime, *, lock: bool = False) -> Family | None:
    """Return a family whose tokens may be used, or None."""
    found = session.get(Family, (context.tenant_id(), family_id), with_for_update=lock or None, populate_existing=lock)
    return found if found is not None and found.ended_at is None and found.expires_at > now else None


def refresh_token(session: Session, token_hash: bytes) -> RefreshToken | None:
    """Return the refresh token with this hash, held until the transaction ends."""
    return session.get(RefreshToken, (context.tenant_id(), token_hash), with_for_update=True, populate_existing=True)


def key(session: Session, prefix: str, now: datetime) -> ApiKey | None:
    """Return the key of this prefix if it may be used, or None."""
    found = session.scalars(select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None))).one_or_none()
    return found if found is not None and (found.expires_at is None or found.expires_at > now) else None


def keys_of(session: Session, user_id: UUID) -> Sequence[ApiKey]:
    """Return a person's keys that aren't revoked, newest first."""
    mine = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return session.scalars(mine.order_by(ApiKey.created_at.desc(), ApiKey.id)).all()


def usable_keys(session: Session, user_id: UUID, now: datetime) -> int:
    """Return how many keys of a person can be used."""
    alive = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
    mine = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None), alive)
    return session.scalar(mine) or 0


def families_of(session: Session, user_id: UUID, now: datetime) -> Sequence[Family]:
    """Return the programs that a person is signed in with, the last used first."""
    mine = select(Family).where(Family.user_id == user_id, Family.ended_at.is_(None), Family.expires_at > now)
    return session.scalars(mine.order_by(Family.refreshed_at.desc(), Family.id)).all()
