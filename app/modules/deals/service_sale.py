"""A deal's end on the chain: ask for what its life wants of the sale, and book what the sale announced.

Nothing counts before its block is final. A step is asked for once; one that was refused, again later.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import outbox
from app.modules.chain import service as chain
from app.modules.chain.service import ChainLog
from app.modules.deals import events, rules_sale
from app.modules.deals.errors import ReleasesNotBooked, SaleUndecided
from app.modules.deals.models import Deal, DealSale
from app.modules.escrow import service as escrow
from app.modules.ledger import service as ledger
from app.modules.ledger.service import Line

OVER = "(status=4)"  # what the contract says of a sale that failed by itself, thirty days after its closing


def sale_of(session: Session, deal_id: UUID) -> DealSale | None:
    """Return what is known of a deal's sale, or None before it stands on the chain."""
    return session.get(DealSale, (session.info["tenant_id"], deal_id))


def begin_sale(session: Session, deal: Deal, *, now: datetime) -> DealSale | None:
    """Return the deal's sale, locked; it is noted the first time. None where the deal never came to the chain."""
    key = (session.info["tenant_id"], deal.id)
    sale = session.get(DealSale, key, with_for_update=True, populate_existing=True)
    if sale is None and (found := chain.deployment_of(session, deal.id)) is not None and found.state == "done":
        where = found.deployment
        sale = DealSale(deal_id=deal.id, chain_id=where.chain_id, address=where.sale, updated_at=now)
        session.add(sale)
        session.flush()
    return sale


def want(session: Session, deal: Deal, wish: str, *, now: datetime) -> None:
    """Ask that the sale is finalised or failed, as soon as the contract allows; a paused one goes on for that."""
    sale = begin_sale(session, deal, now=now)
    if sale is not None:
        sale.wish, sale.paused, sale.updated_at = wish, False, now
        session.flush()


def want_pause(session: Session, deal: Deal, *, paused: bool, now: datetime) -> None:
    """Ask that the sale stops taking money in, or goes on."""
    sale = begin_sale(session, deal, now=now)
    if sale is not None:
        sale.paused, sale.updated_at = paused, now
        session.flush()


def must_be_decided(session: Session, deal_id: UUID) -> None:
    """Raise SaleUndecided as long as the chain hasn't carried out what the deal wants of its sale."""
    sale = sale_of(session, deal_id)
    if sale is not None and sale.wish and not sale.outcome:
        raise SaleUndecided


def next_step(session: Session, deal: Deal, *, instant: datetime | None, now: datetime) -> rules_sale.Step:
    """Ask for the step that the sale needs, and return it; `miss` is left to the caller.

    `instant` is the time of the newest block that was followed: nothing comes in any more where it is past the closing.
    """
    sale = begin_sale(session, deal, now=now)
    if sale is None or not rules_sale.may_try(
        problem=sale.problem, tries=sale.tries, updated_at=sale.updated_at, now=now
    ):
        return ""
    standing = escrow.standing(session, deal.id)
    step = rules_sale.due(
        rules_sale.Facts(
            wish=sale.wish,
            outcome=sale.outcome,
            asked=sale.asked,
            paused=sale.paused,
            stopped=sale.stopped,
            closed=instant is not None and deal.closes_at is not None and instant >= deal.closes_at,
            undecided=standing.undecided,
            released=standing.released,
            soft_cap=deal.soft_cap or 0,
            hard_cap=deal.hard_cap or 0,
        )
    )
    if step in chain.SALE_VERBS:
        _ask(session, deal, sale, step, now)
    return step


def _ask(session: Session, deal: Deal, sale: DealSale, verb: chain.SaleVerb, now: datetime) -> None:
    chain.ask_sale(
        session,
        key=f"sale:{deal.id}:{verb}:{sale.tries}",
        chain_id=sale.chain_id,
        deal_id=deal.id,
        sale=sale.address,
        verb=verb,
        reason=f"deal {deal.status}",
        now=now,
    )
    sale.asked, sale.problem, sale.updated_at = verb, "", now
    sale.tries += 1
    session.flush()


def confirmed(session: Session, deal: Deal, *, verb: str, now: datetime) -> None:
    """Note that a pause or its end is final. What the pause kept from being released is released again.

    An end of the sale is noted when the sale announces it, not here: until then it counts as asked for.
    """
    sale = begin_sale(session, deal, now=now)
    if sale is None or sale.asked != verb or verb not in ("pause", "unpause"):
        return
    sale.asked, sale.problem, sale.stopped, sale.updated_at = "", "", verb == "pause", now
    session.flush()
    if not sale.stopped:
        escrow.release_again(session, deal_id=deal.id, now=now)


def refused(session: Session, deal: Deal, *, verb: str, error: str, now: datetime) -> None:
    """Note that the contract refused a step: it is asked for again later, and the reason shown until then."""
    sale = begin_sale(session, deal, now=now)
    if sale is None or sale.outcome or sale.asked != verb:
        return
    sale.asked, sale.problem, sale.updated_at = "", error, now
    session.flush()
    if verb == "fail" and error.endswith(OVER):
        _fail(session, deal, sale, tx="", at=now, now=now)


def announced(session: Session, deal: Deal, log: ChainLog, *, now: datetime) -> None:
    """Book what the sale announced in a final block. Raises ReleasesNotBooked, and is tried again, where it overtook
    the booking of a release; anything but the end of a sale does nothing.

    A sale that reached too little fails by itself, without a word. It is known when somebody takes money out of it,
    or when the contract refuses to be failed."""
    sale = begin_sale(session, deal, now=now)
    if sale is None or sale.outcome:
        return
    if log.name == "SaleFinalised":
        _finalise(session, deal, sale, log, now)
    elif log.name == "SaleFailed":
        _fail(session, deal, sale, tx=log.tx_hash, at=log.block_time, now=now)
    elif log.name == "PurchaseReturned":
        _fail(session, deal, sale, tx="", at=log.block_time, now=now)


def lost(session: Session, deal: Deal, log: ChainLog, *, now: datetime) -> None:
    """Take back the end of a sale whose final block the chain lost. A transaction of ours is on its way again."""
    sale = begin_sale(session, deal, now=now)
    if sale is None or not sale.outcome or sale.tx != log.tx_hash:
        return
    ours = [one.kind.partition(".")[2] for one in chain.intents_about(session, deal.id) if one.tx_hash == log.tx_hash]
    sale.outcome, sale.problem, sale.tx, sale.asked = "", "", "", ours[0] if ours else ""
    sale.proceeds = sale.fee = 0
    sale.ended_at, sale.updated_at = None, now
    session.flush()


def _finalise(session: Session, deal: Deal, sale: DealSale, log: ChainLog, now: datetime) -> None:
    proceeds, fee = int(log.args["proceeds"]), int(log.args["fee"])
    if escrow.standing(session, deal.id).released < proceeds + fee:
        raise ReleasesNotBooked
    asset = replace(deal.asset, contract=deal.asset_contract or chain.ZERO_ADDRESS).key
    lines = [
        Line(account="deal_proceeds", owner_id=deal.id, asset=asset, amount=proceeds),
        Line(account="fees_due", owner_id=deal.id, asset=asset, amount=fee),
        Line(account="chain_custody", owner_id=deal.id, asset=asset, amount=-proceeds - fee),
        Line(account="treasury", asset=asset, amount=fee),
        Line(account="fees_earned", owner_id=deal.id, asset=asset, amount=-fee),
    ]
    ledger.post(
        session,
        key=f"sale:{deal.id}:finalise",
        kind="sale.finalise",
        cause=f"log:{log.id}",
        lines=[line for line in lines if line.amount],
        now=now,
    )
    sale.outcome, sale.asked, sale.problem, sale.tx = "finalised", "", "", log.tx_hash
    sale.proceeds, sale.fee, sale.ended_at, sale.updated_at = proceeds, fee, log.block_time, now
    session.flush()
    outbox.record(session, events.DealPaidOut(deal.id, deal.issuer_id, proceeds, fee))


def _fail(session: Session, deal: Deal, sale: DealSale, *, tx: str, at: datetime, now: datetime) -> None:
    sale.outcome, sale.asked, sale.problem, sale.tx = "failed", "", "", tx
    sale.ended_at, sale.updated_at = at, now
    session.flush()
    outbox.record(session, events.DealSaleFailed(deal.id, deal.issuer_id))
