"""When the chain loses a final block: what was booked because of it is undone, and the escrow stands where it stood."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import outbox, permissions
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.escrow import queries, rules
from app.modules.escrow.events import EscrowTakenBack
from app.modules.escrow.models import Escrow
from app.modules.ledger import service as ledger
from tenants import context


def take_back(session: Session, *, log_id: UUID, investment_id: UUID, now: datetime) -> None:
    """Undo what was booked from lost blocks about an investment, and put its escrow where the chain still has it.

    In whatever order the lost logs are told, the newest is undone first. Doing it twice changes nothing. The caller
    catches up with what is left.
    """
    lost = chain.undone_logs_about(session, investment_id)
    if log_id not in {one.id for one in lost}:  # its block came back meanwhile: it is booked again from the new reading
        lost.append(chain.log(session, log_id))
    undone = {one.name for one in reversed(lost) if ledger.undo(session, cause=f"log:{one.id}", now=now)}
    _forget_strays(session, investment_id, {one.id for one in lost})
    escrow = queries.find(session, investment_id, lock=True)
    if escrow is None:
        return
    id_on_chain = rules.id_on_chain(escrow)
    about = [one for one in chain.logs_about(session, investment_id) if one.state == "final"]
    left = {one.name for one in about if one.args.get("investmentId") == id_on_chain}
    status = rules.fallen_back(escrow.status, left - undone)
    if status != escrow.status:
        _put_back(session, escrow, status, now)


def _put_back(session: Session, escrow: Escrow, status: str, now: datetime) -> None:
    session.execute(select(func.set_config("app.lost_block", "yes", True)))  # the only way back: see migration 0023
    before, escrow.status, escrow.updated_at = escrow.status, status, now
    escrow.returned_tx, escrow.returned_at = "", None
    if status in ("held", "expected"):
        escrow.closed_tx, escrow.closed_at, escrow.cause = "", None, ""
        escrow.tokens = escrow.fee = escrow.reduced = 0
    if status == "expected":
        escrow.opened_tx, escrow.address, escrow.opened_at = "", "", None
        escrow.decide_by = escrow.expires_at = escrow.undecided_at = escrow.expired_at = None
    session.flush()
    session.execute(select(func.set_config("app.lost_block", "", True)))
    audit.record(
        session, actor=permissions.system(context.tenant_id()), action="escrow.taken-back", subject_kind="escrow",
        subject_id=escrow.id, before={"status": before}, after={"status": status}, now=now,
    )  # fmt: skip
    outbox.record(session, EscrowTakenBack(**rules.subject(escrow), status=status))


def _forget_strays(session: Session, investment_id: UUID, lost: set[UUID]) -> None:
    """Drop deposits that nobody expected and that are lost; one whose way out is lost waits again."""
    for stray in queries.strays_about(session, investment_id):
        if stray.log_id in lost:
            session.delete(stray)
        else:
            stray.settled_at = None
    session.flush()
