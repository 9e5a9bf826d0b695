"""From what the contracts announced to what is booked: the only way by which an escrow's money moves in the books.

Every call looks at all announcements about one investment, in the chain's order, and catches up; so it doesn't matter
in which order, or how often, their events are delivered.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox, permissions
from app.modules.chain import service as chain
from app.modules.chain.service import ChainLog
from app.modules.compliance import service as compliance
from app.modules.escrow import queries, rules, service, service_returns
from app.modules.escrow.events import (
    EscrowArriving,
    EscrowHeld,
    EscrowRefunded,
    EscrowReleased,
    EscrowVanished,
)
from app.modules.escrow.models import Escrow, StrayDeposit
from app.modules.escrow.rules import OPENED, REFUNDED, RELEASED, RETURNED
from app.modules.ledger import service as ledger
from app.modules.ledger.service import Line
from tenants import context, ids
from tenants import service as tenancy

ANNOUNCED = (OPENED, RELEASED, REFUNDED, RETURNED)


def catch_up(session: Session, investment_id: UUID, *, now: datetime) -> None:
    """Bring an investment's escrow and the ledger to what the chain says. Safe to call any number of times."""
    escrow = queries.find(session, investment_id, lock=True)
    announced: dict[str, list[ChainLog]] = {}  # an id on the chain names its payer, so a stranger's is another one
    for log in chain.logs_about(session, investment_id):
        if log.name in ANNOUNCED:
            announced.setdefault(log.args["investmentId"], []).append(log)
    logs = announced.pop(rules.id_on_chain(escrow), []) if escrow else []
    for theirs in announced.values():
        _foreign(session, investment_id, escrow, theirs, now)
    opened = next((log for log in logs if log.name == OPENED), None)
    closed = next((log for log in logs if log.name in (RELEASED, REFUNDED)), None)
    if opened is None:
        _vanished(session, escrow, now)
        return
    if escrow is None or rules.mismatch(escrow, opened.args):
        _foreign(session, investment_id, escrow, logs, now)
        return
    if opened.state == "seen":
        _arriving(session, escrow, opened, now)
    elif escrow.status in ("expected", "arriving"):
        _held(session, escrow, opened, now)
    if closed is not None and escrow.status in ("held", "releasing", "refunding"):
        _closing(session, escrow, closed, now)
    if escrow.status in ("released", "returning"):
        service_returns.catch_up(session, escrow, next((log for log in logs if log.name == RETURNED), None), now)
    session.flush()
    if escrow.status == "held" and escrow.tries == 0 and opened.state == "final":
        _decide_at_once(session, escrow, now)


def _vanished(session: Session, escrow: Escrow | None, now: datetime) -> None:
    if escrow is not None and escrow.status == "arriving":
        escrow.status, escrow.opened_tx, escrow.updated_at = "expected", "", now
        outbox.record(session, EscrowVanished(**rules.subject(escrow)))


def _arriving(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    if escrow.status == "expected":
        escrow.status, escrow.opened_tx, escrow.updated_at = "arriving", log.tx_hash, now
        outbox.record(session, EscrowArriving(**rules.subject(escrow), tx_hash=log.tx_hash))


def _held(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    escrow.status, escrow.opened_tx, escrow.updated_at = "held", log.tx_hash, now
    escrow.address, escrow.opened_at = log.args["escrow"], log.block_time
    escrow.decide_by = datetime.fromtimestamp(int(log.args["decideBy"]), UTC)
    escrow.expires_at = datetime.fromtimestamp(int(log.args["expiresAt"]), UTC)
    asset = escrow.asset.key
    ledger.post(
        session,
        key=f"escrow:{escrow.id}:deposit",
        kind="escrow.deposit",
        cause=f"log:{log.id}",
        lines=[
            Line(account="chain_custody", owner_id=escrow.id, asset=asset, amount=escrow.amount),
            Line(account="escrow_held", owner_id=escrow.id, asset=asset, amount=-escrow.amount),
        ],
        now=now,
    )
    held = EscrowHeld(
        **rules.subject(escrow), tx_hash=log.tx_hash, decide_by=escrow.decide_by, expires_at=escrow.expires_at
    )
    outbox.record(session, held)


def _closing(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    if log.state == "seen":
        status = "releasing" if log.name == RELEASED else "refunding"
        if escrow.status != status:
            escrow.status, escrow.updated_at = status, now
        return
    escrow.closed_tx, escrow.closed_at, escrow.updated_at, escrow.problem = log.tx_hash, log.block_time, now, ""
    if log.name == RELEASED:
        _released(session, escrow, log, now)
    else:
        _refunded(session, escrow, log, now)


def _released(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    """The money stands in the deal's sale now; what is the platform's of it was the contract's word.

    What neither the sale nor the platform has of the amount wasn't accepted: the contract paid it back, and announced
    that as EscrowReduced.
    """
    escrow.status = "released"
    escrow.tokens, escrow.fee = int(log.args["tokens"]), int(log.args["fee"])
    to_sale, asset = int(log.args["toSale"]), escrow.asset.key
    escrow.reduced = escrow.amount - to_sale - escrow.fee
    shares = [("deal_proceeds", escrow.deal_id, -to_sale), ("fees_due", escrow.deal_id, -escrow.fee)]
    ledger.post(
        session,
        key=f"escrow:{escrow.id}:release",
        kind="escrow.release",
        cause=f"log:{log.id}",
        lines=[
            Line(account="escrow_held", owner_id=escrow.id, asset=asset, amount=escrow.amount),
            *[Line(account=kind, owner_id=owner, asset=asset, amount=part) for kind, owner, part in shares if part],
            Line(account="chain_custody", owner_id=escrow.deal_id, asset=asset, amount=escrow.accepted),
            Line(account="chain_custody", owner_id=escrow.id, asset=asset, amount=-escrow.amount),
        ],
        now=now,
    )
    released = EscrowReleased(
        **rules.subject(escrow),
        tx_hash=log.tx_hash,
        tokens=escrow.tokens,
        to_sale=to_sale,
        fee=escrow.fee,
        reduced=escrow.reduced,
    )
    outbox.record(session, released)


def _refunded(session: Session, escrow: Escrow, log: ChainLog, now: datetime) -> None:
    """The payer has the money; should the asset have shrunk by itself, what is missing stays visible in suspense."""
    escrow.status, escrow.cause = "refunded", rules.CAUSES.get(int(log.args["cause"]), "rejected")
    paid, asset = int(log.args["amount"]), escrow.asset.key
    missing = escrow.amount - paid
    lines = [
        Line(account="escrow_held", owner_id=escrow.id, asset=asset, amount=escrow.amount),
        Line(account="chain_custody", owner_id=escrow.id, asset=asset, amount=-escrow.amount),
    ]
    if missing:
        lines += [
            Line(account="suspense", asset=asset, amount=-missing),
            Line(account="suspense", owner_id=escrow.id, asset=asset, amount=missing),
        ]
    key, cause = f"escrow:{escrow.id}:refund", f"log:{log.id}"
    ledger.post(session, key=key, kind="escrow.refund", cause=cause, lines=lines, now=now)
    outbox.record(session, EscrowRefunded(**rules.subject(escrow), tx_hash=log.tx_hash, cause=escrow.cause))


def _decide_at_once(session: Session, escrow: Escrow, now: datetime) -> None:
    """Carry out what was decided while the money was on its way: the deal was called off, or the payer verified."""
    required = tenancy.site(context.tenant_id()).settings.required_level
    standing = compliance.status_of(session, escrow.user_id, now)
    asked: dict[str, Any] = {
        "session": session,
        "actor": permissions.system(context.tenant_id(), "verification"),
        "now": now,
    }
    if escrow.decided_at is not None:
        service.reject(investment_id=escrow.id, reason=escrow.reason, **asked)
    elif standing.level.at_least(required):
        service.approve(investment_id=escrow.id, **asked)
    elif standing.status is compliance.Status.REJECTED:
        service.reject(investment_id=escrow.id, reason="verification rejected", **asked)


def _foreign(
    session: Session, investment_id: UUID, escrow: Escrow | None, logs: Sequence[ChainLog], now: datetime
) -> None:
    opened = next((log for log in logs if log.name == OPENED), None)
    closed = next((log for log in logs if log.name in (RELEASED, REFUNDED)), None)
    if opened is not None:
        why = rules.mismatch(escrow, opened.args) if escrow else "nobody expects it"
        _stray(session, investment_id, [opened, *([closed] if closed else [])], why, now)


def _stray(session: Session, investment_id: UUID, logs: Sequence[ChainLog], why: str, now: datetime) -> None:
    """Put a final deposit that nobody expects into suspense, for an operator to send back; take it out once it left."""
    opened, closed = logs[0], logs[-1] if len(logs) > 1 else None
    if opened.state != "final":
        return
    amount = int(opened.args["amount"])
    asset = service.asset_at(tenancy.site(context.tenant_id()), opened.chain_id, opened.args["asset"]).key
    values = {
        "tenant_id": context.tenant_id(),
        "id": ids.new(),
        "log_id": opened.id,
        "investment_id": investment_id,
        "payer": opened.args["payer"],
        "asset": asset,
        "amount": amount,
        "why": why,
        "created_at": now,
    }
    session.execute(insert(StrayDeposit).values(**values).on_conflict_do_nothing())
    _suspend(session, investment_id, opened, asset, amount, now)
    if closed is not None and closed.state == "final":
        _suspend(session, investment_id, closed, asset, -amount, now)
        stray = session.scalars(select(StrayDeposit).where(StrayDeposit.log_id == opened.id)).one()
        stray.settled_at = stray.settled_at or now


def _suspend(session: Session, investment_id: UUID, log: ChainLog, asset: str, amount: int, now: datetime) -> None:
    ledger.post(
        session,
        key=f"stray:{log.args['investmentId']}:{'in' if amount > 0 else 'out'}",
        kind="escrow.stray",
        cause=f"log:{log.id}",
        lines=[
            Line(account="chain_custody", owner_id=investment_id, asset=asset, amount=amount),
            Line(account="suspense", owner_id=investment_id, asset=asset, amount=-amount),
        ],
        now=now,
    )
