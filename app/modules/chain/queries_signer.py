"""Reads of what the signer keeps; in a session of the platform or the signer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.modules.chain import rules
from app.modules.chain.models import ChainInstallation
from app.modules.chain.models_signer import SignerDecision, SignerLimit, SignerRecipient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def limits(session: Session, scope: str) -> rules.Limits:
    """Return the limits of a scope: its own, those of every tenant, or what we begin with."""
    for wanted in (scope, *(() if scope == "whole" else ("tenant",))):
        row = session.get(SignerLimit, wanted, populate_existing=True)
        if row is not None:
            return rules.Limits(row.each_one, row.an_hour, row.a_day)
    return rules.LIMITS["whole" if scope == "whole" else "tenant"]


def used(session: Session, *, chain_id: int, tenant_id: UUID | None, now: datetime) -> tuple[int, int]:
    """Return what was signed in the last hour and in the last day, in wei; for everybody where `tenant_id` is None."""
    lately = case((SignerDecision.at > now - HOUR, SignerDecision.cost), else_=0)
    sums = select(func.coalesce(func.sum(lately), 0), func.coalesce(func.sum(SignerDecision.cost), 0)).where(
        SignerDecision.chain_id == chain_id, SignerDecision.verdict == "signed", SignerDecision.at > now - DAY
    )
    if tenant_id is not None:
        sums = sums.where(SignerDecision.tenant_id == tenant_id)
    hour, day = session.execute(sums).one()
    return int(hour), int(day)


def decisions(session: Session, *, chain_id: int, tenant_id: UUID | None, most: int = 25) -> list[SignerDecision]:
    """Return what the signer decided, the newest first."""
    found = select(SignerDecision).where(SignerDecision.chain_id == chain_id)
    if tenant_id is not None:
        found = found.where(SignerDecision.tenant_id == tenant_id)
    return list(session.scalars(found.order_by(SignerDecision.at.desc(), SignerDecision.id.desc()).limit(most)))


@dataclass(frozen=True)
class OwnersShare:
    """What the installation's own key sent of one sort: platform, factory or budget. `cost` in wei.

    `unknown` of them were sent before their receipts were kept.
    """

    sort: str
    count: int
    unknown: int
    gas: int
    cost: int


def owners_shares(session: Session, chain_id: int) -> list[OwnersShare]:
    """Return what the installation's own key paid on a chain, sort by sort (a platform session)."""
    first = func.split_part(ChainInstallation.name, "-", 1)
    sort = case((first == "factory", "factory"), (first.in_(("relayer", "budget")), "budget"), else_="platform")
    gas, paid = ChainInstallation.gas_used, ChainInstallation.gas_used * ChainInstallation.gas_price
    unknown = func.count().filter(gas.is_(None))
    sums = select(sort, func.count(), unknown, func.coalesce(func.sum(gas), 0), func.coalesce(func.sum(paid), 0))
    mined = or_(ChainInstallation.done, gas.is_not(None))
    found = session.execute(sums.where(ChainInstallation.chain_id == chain_id, mined).group_by(sort)).all()
    shares = {row[0]: OwnersShare(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in found}
    return [shares[one] for one in ("platform", "factory", "budget") if one in shares]


def recipients(session: Session, *, tenant_id: UUID | None) -> list[SignerRecipient]:
    """Return the addresses that money may go to, or that wait for it, the newest first."""
    found = select(SignerRecipient).order_by(SignerRecipient.seen_at.desc()).limit(50)
    if tenant_id is not None:
        found = found.where(SignerRecipient.tenant_id == tenant_id)
    return list(session.scalars(found))
