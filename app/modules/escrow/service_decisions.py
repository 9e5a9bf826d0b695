"""Decisions about held money: an officer's, verification's, or that of a deal that came to nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.permissions import Actor, system
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.escrow import queries, rules
from app.modules.escrow.errors import NotHeld, PayoutsStandStill
from app.modules.escrow.models import Escrow
from tenants import context


def decide_for(session: Session, *, user_id: UUID, verified: bool, reason: str, now: datetime) -> list[Escrow]:
    """Decide about all that is held of a person, after the person's verification was decided; return what was.

    What is still on its way is locked with it: a deposit being booked at this moment either shows up here as held, or
    is booked by somebody who knows this decision already.
    """
    actor = system(context.tenant_id(), "verification")
    coming = queries.of_user(session, user_id, "expected", "arriving", "held")
    held = [escrow for escrow in coming if escrow.status == "held"]
    for escrow in held:
        decide(session, escrow, actor=actor, verdict="release" if verified else "reject", reason=reason, now=now)
    return held


def call_off(session: Session, *, actor: Actor, deal_id: UUID, reason: str, now: datetime) -> None:
    """Send back what is held for a deal that came to nothing; what arrives yet goes back as soon as it is held."""
    for escrow in queries.of_deal(session, deal_id, "expected", "arriving", "held"):
        if escrow.status == "held":
            decide(session, escrow, actor=actor, verdict="reject", reason=reason, now=now)
        else:
            escrow.reason, escrow.decided_by, escrow.decided_at = reason, actor.user_id, now
    session.flush()


def undo_decision(session: Session, *, investment_id: UUID, error: str, now: datetime) -> None:
    """Put money whose way out the contract refused back among what is held, with the reason for the officers."""
    escrow = queries.find(session, investment_id, lock=True)
    if escrow is not None and escrow.status in ("releasing", "refunding"):
        escrow.status, escrow.problem, escrow.updated_at = "held", error, now
    for stray in queries.strays(session):
        if stray.investment_id == investment_id:
            stray.returning_at = None
    session.flush()


def decide(
    session: Session, escrow: Escrow, *, actor: Actor, verdict: rules.Verdict, reason: str, now: datetime
) -> Escrow:
    """Ask the chain to release or reject a locked escrow. Raises NotHeld, and PayoutsStandStill to a person.

    What the system itself decides to release waits on its way while payouts stand still.
    """
    if escrow.status != "held":
        raise NotHeld
    if verdict == "release" and actor.is_person and chain.payout_freeze(session) is not None:
        raise PayoutsStandStill
    escrow.tries += 1
    chain.decide_escrow(
        session,
        key=f"escrow:{escrow.id}:{verdict}:{escrow.tries}",
        chain_id=escrow.chain_id,
        investment_id=escrow.id,
        payer=escrow.payer,
        verdict=verdict,
        reason=reason,
        now=now,
    )
    escrow.status = "releasing" if verdict == "release" else "refunding"
    escrow.reason, escrow.problem = reason, ""
    escrow.decided_by, escrow.decided_at, escrow.updated_at = actor.user_id, now, now
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"escrow.{verdict}",
        subject_kind="escrow",
        subject_id=escrow.id,
        before={"status": "held"},
        after={"status": escrow.status, "reason": reason},
        now=now,
    )
    return escrow
