"""A deal's life: every step goes through one table, leaves a record, and tells others."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import jobs, outbox
from app.core.permissions import Actor
from app.modules.audit import service as audit
from app.modules.chain import service as chain
from app.modules.deals import events, rules, rules_terms, service_sale
from app.modules.deals.errors import DealNotFound, NotComplete, OwnReview
from app.modules.deals.models import Deal, DealStep, DealVersion
from app.modules.deals.permissions import POLICY, Perm, owns
from app.modules.deals.rules import Status
from app.modules.deals.rules_terms import Ground
from app.modules.escrow import service as escrow

_RIGHTS = {"issuer": Perm.SUBMIT, "reviewer": Perm.REVIEW, "system": Perm.RUN}


def load(session: Session, deal_id: UUID, *, lock: bool = False) -> Deal:
    """Return the deal, its row held until the transaction ends where `lock`. Raises DealNotFound."""
    deal = session.get(Deal, (session.info["tenant_id"], deal_id), with_for_update=lock or None, populate_existing=lock)
    if deal is None:
        raise DealNotFound
    return deal


def submit(session: Session, *, actor: Actor, deal_id: UUID, ground: Ground, now: datetime) -> DealVersion:
    """Ask for review of what is drafted. Raises NotComplete naming each field that is wrong, WrongStatus, Forbidden."""
    deal = load(session, deal_id, lock=True)
    POLICY.must(actor, Perm.SUBMIT, deal)
    reading = rules_terms.read(deal.kind, deal.form, ground)
    if reading.problems:
        raise NotComplete(fields=reading.problems)
    number = 1 + session.execute(select(func.count()).where(DealVersion.deal_id == deal_id)).scalar_one()
    version = DealVersion(
        deal_id=deal.id, number=number, form=dict(deal.form), submitted_by=actor.name, submitted_at=now
    )
    session.add(version)
    _move(session, deal, "submit", actor=actor, now=now)
    outbox.record(session, events.DealSubmitted(deal.id, deal.issuer_id, number))
    return version


def withdraw(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """Take a submitted draft back. Raises WrongStatus, Forbidden."""
    return _take(session, "withdraw", deal_id, actor=actor, now=now)


def request_changes(
    session: Session, *, actor: Actor, deal_id: UUID, reason: str, checks: Sequence[str], now: datetime
) -> Deal:
    """Send a submitted deal back with a reason for its issuer. Raises WrongStatus, Forbidden, OwnReview."""
    deal = _take(session, "request_changes", deal_id, actor=actor, now=now, reason=reason)
    _decide(session, deal, "changes_requested", actor, reason, checks, now)
    outbox.record(session, events.DealChangesRequested(deal.id, deal.issuer_id))
    return deal


def approve(
    session: Session,
    *,
    actor: Actor,
    deal_id: UUID,
    reason: str = "",
    checks: Sequence[str] = (),
    now: datetime,
) -> Deal:
    """Accept the submitted version; it can be opened now. Raises WrongStatus, Forbidden, OwnReview."""
    deal = _take(session, "approve", deal_id, actor=actor, now=now, reason=reason)
    _decide(session, deal, "approved", actor, reason, checks, now)
    outbox.record(session, events.DealApproved(deal.id, deal.issuer_id))
    return deal


def reopen(session: Session, *, actor: Actor, deal_id: UUID, reason: str, now: datetime) -> Deal:
    """Send an approved deal that isn't open yet back to its issuer. Raises WrongStatus, Forbidden."""
    deal = _take(session, "reopen", deal_id, actor=actor, now=now, reason=reason)
    outbox.record(session, events.DealChangesRequested(deal.id, deal.issuer_id))
    return deal


def open_deal(session: Session, *, actor: Actor, deal_id: UUID, ground: Ground, now: datetime) -> Deal:
    """Begin to set the deal up on the chain; it takes money once that is final and its opening time has come.

    Raises NotComplete where the terms have become wrong since the approval (a closing date that passed), WrongStatus,
    Forbidden, OwnReview.
    """
    deal = _take(session, "open", deal_id, actor=actor, now=now)
    reading = rules_terms.read(deal.kind, deal.form, ground)
    if reading.problems:
        raise NotComplete(fields=reading.problems)
    assert deal.closes_at is not None
    spec = chain.DealSpec(
        chain_id=deal.chain_id,
        name=_token_name(deal.title),
        symbol=deal.token_symbol,
        decimals=rules.TOKEN_DECIMALS,
        asset=deal.asset_contract or chain.ZERO_ADDRESS,
        price=deal.unit_price or 0,
        soft_cap=deal.soft_cap or 0,
        hard_cap=deal.hard_cap or 0,
        opens_at=deal.opens_at or now,
        closes_at=deal.closes_at,
        min_ticket=deal.min_ticket or 0,
        max_ticket=deal.max_ticket or 0,
        proceeds=deal.proceeds_address,
    )
    chain.start_deployment(session, actor=actor, deal_id=deal.id, spec=spec, now=now)
    return deal


def deployed(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """Note that the deal stands on the chain: it opens, or waits for its opening time. Raises WrongStatus."""
    deal = load(session, deal_id, lock=True)
    if deal.opens_at is not None and deal.opens_at > now:
        _move(session, deal, "schedule", actor=actor, now=now)
        jobs.later(session, "deals.start", run_at=deal.opens_at, deal_id=str(deal.id))
        return deal
    return _start(session, deal, actor=actor, now=now)


def start(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """Open a scheduled deal whose time has come. Raises WrongStatus."""
    return _start(session, load(session, deal_id, lock=True), actor=actor, now=now)


def pause(session: Session, *, actor: Actor, deal_id: UUID, reason: str, now: datetime) -> Deal:
    """Take no new money until further notice. Raises WrongStatus, Forbidden."""
    deal = _take(session, "pause", deal_id, actor=actor, now=now, reason=reason)
    service_sale.want_pause(session, deal, paused=True, now=now)
    outbox.record(session, events.DealPaused(deal.id, deal.issuer_id))
    return deal


def resume(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """Take money again. Raises WrongStatus, Forbidden."""
    deal = _take(session, "resume", deal_id, actor=actor, now=now)
    service_sale.want_pause(session, deal, paused=False, now=now)
    outbox.record(session, events.DealResumed(deal.id, deal.issuer_id))
    return deal


def close(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """End the offer: funded when the soft cap is reached, else failed; then what is held goes back.

    Raises WrongStatus, Forbidden.
    """
    deal = load(session, deal_id, lock=True)
    POLICY.must(actor, Perm.RUN, deal)
    _move(session, deal, rules.outcome(raised=deal.raised, soft_cap=deal.soft_cap or 0), actor=actor, now=now)
    funded = deal.status == Status.FUNDED
    if not funded:
        escrow.call_off(session, actor=actor, deal_id=deal.id, reason="deal failed", now=now)
    service_sale.want(session, deal, "finalise" if funded else "fail", now=now)
    outbox.record(session, events.DealClosed(deal.id, deal.issuer_id, funded, deal.raised))
    return deal


def conclude(session: Session, *, actor: Actor, deal_id: UUID, instant: datetime | None, now: datetime) -> Deal:
    """Bring a deal's sale on the chain one step towards what the deal's life asks of it; nothing where nothing is due.

    `instant` is the time of the newest block that was followed. A funded deal of which too little was accepted fails
    here, and everybody gets the money back.
    """
    deal = load(session, deal_id, lock=True)
    if service_sale.next_step(session, deal, instant=instant, now=now) == "miss":
        fallen(session, actor=actor, deal=deal, now=now)
    return deal


def fallen(session: Session, *, actor: Actor, deal: Deal, now: datetime) -> None:
    """End a deal whose sale has failed on the chain, whoever made it fail; nothing where the deal has ended already.

    What is held goes back, and what was released can be taken out of the sale.
    """
    verb = {Status.FUNDED: "miss", Status.OPEN: "fail", Status.PAUSED: "fail", Status.SCHEDULED: "cancel"}.get(
        Status(deal.status)
    )
    if verb is None:
        return
    _move(session, deal, verb, actor=actor, now=now)
    escrow.call_off(session, actor=actor, deal_id=deal.id, reason="deal failed", now=now)
    service_sale.want(session, deal, "fail", now=now)
    if verb == "cancel":
        outbox.record(session, events.DealCancelled(deal.id, deal.issuer_id))
    else:
        outbox.record(session, events.DealClosed(deal.id, deal.issuer_id, False, deal.raised))


def settle(session: Session, *, actor: Actor, deal_id: UUID, now: datetime) -> Deal:
    """Close a funded or failed deal's file, when nothing of it is open any more.

    Raises WrongStatus, Forbidden, SaleUndecided.
    """
    service_sale.must_be_decided(session, deal_id)
    return _take(session, "settle", deal_id, actor=actor, now=now)


def cancel(session: Session, *, actor: Actor, deal_id: UUID, reason: str, now: datetime) -> Deal:
    """Call the deal off; what is held for it goes back. An issuer can until it is approved, an administrator after.

    Raises WrongStatus, Forbidden.
    """
    deal = _take(session, "cancel", deal_id, actor=actor, now=now, reason=reason)
    escrow.call_off(session, actor=actor, deal_id=deal.id, reason="deal cancelled", now=now)
    service_sale.want(session, deal, "fail", now=now)
    outbox.record(session, events.DealCancelled(deal.id, deal.issuer_id))
    return deal


def _token_name(title: str) -> str:
    """Cut a title to the 64 bytes that a token's name may have."""
    return title.encode()[:64].decode(errors="ignore")


def _start(session: Session, deal: Deal, *, actor: Actor, now: datetime) -> Deal:
    _move(session, deal, "start", actor=actor, now=now)
    deal.opened_at = now
    jobs.later(session, "deals.close_when_due", run_at=deal.closes_at, deal_id=str(deal.id))
    outbox.record(session, events.DealOpened(deal.id, deal.issuer_id))
    return deal


def _take(session: Session, verb: str, deal_id: UUID, *, actor: Actor, now: datetime, reason: str = "") -> Deal:
    deal = load(session, deal_id, lock=True)
    _move(session, deal, verb, actor=actor, now=now, reason=reason)
    return deal


def _move(session: Session, deal: Deal, verb: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    after, who = rules.step(deal.status, verb)
    POLICY.must(actor, _RIGHTS[who], deal)
    if who == "reviewer" and verb in {"approve", "request_changes", "open"} and owns(actor, deal):
        raise OwnReview
    before, deal.status, deal.status_at = deal.status, after.value, now
    session.add(
        DealStep(
            deal_id=deal.id,
            verb=verb,
            from_status=before,
            to_status=after.value,
            actor_id=actor.user_id,
            actor_name=actor.name,
            reason=reason,
            at=now,
        )
    )
    audit.record(
        session,
        actor=actor,
        action=f"deal.{verb}",
        subject_kind="deal",
        subject_id=deal.id,
        before={"status": before},
        after={"status": deal.status} | ({"reason": reason} if reason else {}),
        now=now,
    )
    session.flush()


def _decide(
    session: Session, deal: Deal, decision: str, actor: Actor, reason: str, checks: Sequence[str], now: datetime
) -> None:
    newest = select(DealVersion).where(DealVersion.deal_id == deal.id).order_by(DealVersion.number.desc()).limit(1)
    version = session.scalars(newest).one()
    version.decision, version.reason, version.checks = decision, reason, list(checks)
    version.decided_by, version.decided_at = actor.name, now
    session.flush()
