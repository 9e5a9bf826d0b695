"""Asking for a transaction of ours, and ending one that will have no effect."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import jobs, outbox
from app.integrations.chain.port import Call
from app.modules.chain import service_carrying
from app.modules.chain.events import TransactionFailed
from app.modules.chain.models import ChainIntent
from tenants import context, ids


def intend(
    session: Session,
    *,
    key: str,
    kind: str,
    subject_id: UUID,
    chain_id: int,
    signer: str,
    call: Call,
    now: datetime,
    after_id: UUID | None = None,
) -> ChainIntent:
    """Note that a transaction shall happen once, and let the worker see to it. The same key again changes nothing.

    Ends in TransactionFinal or TransactionFailed. `after_id`: an intent that has to succeed first.
    """
    values: dict[str, Any] = {
        "tenant_id": context.tenant_id(),
        "id": ids.new(),
        "key": key,
        "kind": kind,
        "subject_id": subject_id,
        "after_id": after_id,
        "chain_id": chain_id,
        "signer": signer,
        "target": call.to or "",
        "data": call.data,
        "value": call.value,
        "state": "prepared",
        "created_at": now,
        "updated_at": now,
    }
    fresh = insert(ChainIntent).values(**values).on_conflict_do_nothing().returning(ChainIntent.id)
    if session.execute(fresh).scalar() is not None:
        jobs.later(session, "chain.push", intent_id=str(values["id"]))
    return session.scalars(select(ChainIntent).where(ChainIntent.key == key)).one()


def refuse(session: Session, intent: ChainIntent, *, state: str, error: str, now: datetime) -> None:
    """End an intent without effect (`refused` or `reverted`), tell who asked for it, and let go what it carried."""
    intent.state, intent.error, intent.updated_at = state, error, now
    session.flush()
    failed = TransactionFailed(intent_id=intent.id, kind=intent.kind, subject_id=intent.subject_id, error=error)
    outbox.record(session, failed)
    service_carrying.share(session, intent, now)


def operator_key() -> str:
    """Return the name of the current tenant's operator key."""
    return f"operator-{context.tenant_id()}"
