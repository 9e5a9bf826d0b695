"""One effect for one intent, however often it is sent (docs/decisions/0004).

The key is claimed by INSERT … ON CONFLICT DO NOTHING in the business transaction: a second sender waits on the unique
index for the first one's outcome, then replays its answer. Checking first and acting then doubled 26 of 50.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.errors import Invalid
from tenants import context
from tenants.orm import Base, TenantScoped

AT_THE_DOOR = "api "  # scopes of the JSON door begin so
FOR_EVER = "money "  # and those that move money so: they are never forgotten
KEPT_FOR = timedelta(days=30)


class IdempotencyClaim(TenantScoped, Base):
    """A key that was used, what was asked with it, and what was answered."""

    __tablename__ = "idempotency_claims"

    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


class KeyReused(Invalid):
    """This request key was already used with other values. Start again from the form."""

    code = "idempotency-key-reused"


def claim(session: Session, *, actor_id: UUID, scope: str, key: str, request: object) -> dict[str, Any] | None:
    """Claim `key`; None means: go on and call `answer` in this transaction. Else the earlier answer is returned.

    Raises KeyReused when the key was used with another request.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).digest()
    values = {"tenant_id": context.tenant_id(), "actor_id": actor_id, "scope": scope, "key": key}
    fresh = insert(IdempotencyClaim).values(**values, request_hash=digest).on_conflict_do_nothing()
    if session.execute(fresh.returning(IdempotencyClaim.key)).scalar() is not None:
        return None
    earlier = session.execute(select(IdempotencyClaim).filter_by(**values)).scalar_one()
    if earlier.request_hash != digest:
        raise KeyReused
    return earlier.answer or {}


def answer(session: Session, *, actor_id: UUID, scope: str, key: str, value: dict[str, Any]) -> None:
    """Keep the answer of a claimed key for those who send it again."""
    row = session.get_one(IdempotencyClaim, (context.tenant_id(), actor_id, scope, key))
    row.answer = value
    session.flush()


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget the keys of the JSON door after KEPT_FOR. Those of money are kept for ever."""
    old = IdempotencyClaim.at < now - KEPT_FOR
    session.execute(delete(IdempotencyClaim).where(old, IdempotencyClaim.scope.startswith(AT_THE_DOOR)))
