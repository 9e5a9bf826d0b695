"""The signer as people see it: its switch, its limits, what they leave, and what it decided. It holds no key here."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.chain import queries_signer, rules
from app.modules.chain.models_signer import SignerDecision, SignerLimit, SignerRecipient, SignerState
from app.modules.chain.permissions import POLICY, ChainPermission
from app.modules.chain.queries_signer import OwnersShare
from app.modules.chain.rules import Limits
from tenants.session import platform_session

AWAY_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How signing does. `state`: runs, halted or away. Uses and limits in wei; `recipients` wait for a day to pass."""

    state: str
    reason: str
    changed_by: str
    changed_at: datetime | None
    seen_at: datetime | None
    limits: Limits
    hour: int
    day: int
    decisions: list[SignerDecision]
    recipients: list[SignerRecipient]


def signing(chain_id: int, *, tenant_id: UUID | None, now: datetime) -> Signing:
    """Return how signing does for a tenant, or for the whole installation, from the database alone."""
    with platform_session() as session:
        row = session.get_one(SignerState, 1)
        scope = str(tenant_id) if tenant_id else "whole"
        hour, day = queries_signer.used(session, chain_id=chain_id, tenant_id=tenant_id, now=now)
        away = row.seen_at is None or now - row.seen_at > AWAY_AFTER
        return Signing(
            state="halted" if row.halted else "away" if away else "runs",
            reason=row.reason,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            seen_at=row.seen_at,
            limits=queries_signer.limits(session, scope),
            hour=hour,
            day=day,
            decisions=queries_signer.decisions(session, chain_id=chain_id, tenant_id=tenant_id),
            recipients=queries_signer.recipients(session, tenant_id=tenant_id),
        )


def owners_shares(chain_id: int) -> list[OwnersShare]:
    """Return what the installation's own key paid on a chain, sort by sort; no tenant's books have it."""
    with platform_session() as session:
        return queries_signer.owners_shares(session, chain_id)


def limits_of(scope: str) -> Limits:
    """Return the limits of `whole`, of each `tenant`, or of one tenant by its id."""
    with platform_session() as session:
        return queries_signer.limits(session, scope)


def halt(session: Session, *, actor: Actor, reason: str, now: datetime) -> None:
    """Stop all signing, within seconds; what waits keeps waiting. Raises Forbidden."""
    POLICY.must(actor, ChainPermission.OPERATE)
    _switch(actor, halted=True, reason=reason, now=now)
    _audited(session, actor, "signer.halted", {}, {"reason": reason}, now)


def resume(session: Session, *, actor: Actor, now: datetime) -> None:
    """Let the signer sign again. Raises Forbidden."""
    POLICY.must(actor, ChainPermission.OPERATE)
    _switch(actor, halted=False, reason="", now=now)
    _audited(session, actor, "signer.resumed", {}, {}, now)


def limit(session: Session, *, actor: Actor, scope: str, limits: Limits, now: datetime) -> None:
    """Set what signing may cost for `whole`, each `tenant`, or one tenant by its id. Raises Forbidden."""
    POLICY.must(actor, ChainPermission.OPERATE)
    before = limits_of(scope)
    values: dict[str, Any] = {"each_one": limits.each_one, "an_hour": limits.an_hour, "a_day": limits.a_day}
    with platform_session() as platform:
        made = insert(SignerLimit).values(scope=scope, **values)
        platform.execute(made.on_conflict_do_update(index_elements=["scope"], set_=values))
    shown = {"scope": scope, **{key: str(value) for key, value in vars(limits).items()}}
    _audited(session, actor, "signer.limited", {key: str(value) for key, value in vars(before).items()}, shown, now)


def allow(session: Session, *, actor: Actor, tenant_id: UUID, address: str, now: datetime) -> None:
    """Let a tenant's money go to an address without the day of waiting. Raises Forbidden."""
    POLICY.must(actor, ChainPermission.OPERATE)
    with platform_session() as platform:
        made = insert(SignerRecipient).values(tenant_id=tenant_id, address=address, seen_at=now, allowed_at=now)
        platform.execute(made.on_conflict_do_update(index_elements=["tenant_id", "address"], set_={"allowed_at": now}))
    _audited(session, actor, "signer.recipient-allowed", {}, {"tenant": str(tenant_id), "address": address}, now)


def scaled(limits: Limits, **changes: int) -> Limits:
    """Return limits with some of them changed; an hour allows one transaction, a day an hour."""
    changed = replace(limits, **changes)
    hour = max(changed.an_hour, changed.each_one)
    return rules.Limits(changed.each_one, hour, max(changed.a_day, hour))


def _switch(actor: Actor, *, halted: bool, reason: str, now: datetime) -> None:
    with platform_session() as session:
        row = session.get_one(SignerState, 1, with_for_update=True)
        row.halted, row.reason, row.changed_by, row.changed_at = halted, reason, actor.name, now


def _audited(
    session: Session, actor: Actor, action: str, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="signer",
        subject_id=actor.tenant_id,
        before=before,
        after=after,
        now=now,
    )
