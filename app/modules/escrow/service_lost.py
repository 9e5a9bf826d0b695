"""When the chain loses a final block: what was booked because of it is undone, and the escrow stands where it stood."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.modules.escrow import queries, rules
from app.modules.escrow.events import EscrowVanished
from app.modules.ledger import service as ledger

# What a lost announcement brings an escrow back to, from the statuses it had led to.
BACK_TO = {
    "EscrowOpened": ("expected", ("arriving", "held", "releasing", "released", "refunding", "refunded")),
    "EscrowReleased": ("held", ("releasing", "released")),
    "EscrowRefunded": ("held", ("refunding", "refunded")),
    "PurchaseReturned": ("released", ("returning", "returned")),
}


def take_back(session: Session, *, log_id: UUID, name: str, investment_id: UUID, now: datetime) -> None:
    """Undo the journals of a lost log, and put its escrow back. Doing it twice changes nothing."""
    ledger.undo(session, cause=f"log:{log_id}", now=now)
    escrow = queries.find(session, investment_id, lock=True)
    back, before = BACK_TO.get(name, ("", ()))
    if escrow is None or escrow.status not in before:
        return
    session.execute(select(func.set_config("app.lost_block", "yes", True)))  # the only way back: see migration 0023
    escrow.status, escrow.updated_at = back, now
    if name in ("EscrowReleased", "EscrowRefunded"):
        escrow.closed_tx, escrow.closed_at = "", None
    if name == "EscrowOpened":
        escrow.opened_tx = ""
        outbox.record(session, EscrowVanished(**rules.subject(escrow)))
    session.flush()
    session.execute(select(func.set_config("app.lost_block", "", True)))
