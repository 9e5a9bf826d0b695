"""The two clocks of an escrow: after fourteen days the payer may leave, after thirty nothing is held any more."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import outbox
from app.modules.chain import service as chain
from app.modules.escrow import queries, rules
from app.modules.escrow.events import EscrowExpired, EscrowUndecided
from app.modules.escrow.models import Escrow


def note_time(session: Session, *, instant: datetime, now: datetime) -> int:
    """Note which clocks have run out at `instant`, and have expired money sent back; return how many there were."""
    late = queries.past(session, instant=instant)
    for escrow in late:
        clock = rules.due(decide_by=escrow.decide_by, expires_at=escrow.expires_at, instant=instant)
        if escrow.undecided_at is None:
            escrow.undecided_at = instant
            outbox.record(session, EscrowUndecided(**rules.subject(escrow)))
        if clock == "expired" and escrow.expired_at is None:
            escrow.expired_at = instant
            outbox.record(session, EscrowExpired(**rules.subject(escrow)))
        if clock == "expired" and escrow.status == "held" and now - escrow.updated_at >= _pause(escrow):
            _return(session, escrow, now)
    session.flush()
    return len(late)


def _pause(escrow: Escrow) -> timedelta:
    """Wait longer after each try that the contract refused, at most an hour."""
    return timedelta(seconds=min(2**escrow.tries, 3600) if escrow.problem else 0)


def _return(session: Session, escrow: Escrow, now: datetime) -> None:
    escrow.tries += 1
    chain.return_expired(
        session,
        key=f"escrow:{escrow.id}:expire:{escrow.tries}",
        chain_id=escrow.chain_id,
        investment_id=escrow.id,
        escrow_address=escrow.address,
        now=now,
    )
    escrow.status, escrow.updated_at = "refunding", now
