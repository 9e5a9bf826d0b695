"""What deals do when something happened: open when deployed, and tell those concerned."""

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import permissions
from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.chain import service as chain
from app.modules.chain.events import DealDeployed, LogFinal, LogLost, TransactionFailed, TransactionFinal
from app.modules.deals import queries, service
from app.modules.deals.events import (
    DealApproved,
    DealCancelled,
    DealChangesRequested,
    DealClosed,
    DealOpened,
    DealPaidOut,
    DealPaused,
    DealSubmitted,
    DealUpdatePublished,
)
from app.modules.deals.rules import Status
from app.modules.notifications import service as notifications

ENDS = ("SaleFinalised", "SaleFailed")
RETURNED = "PurchaseReturned"  # nothing is taken out of a sale but a failed one


def on_deployed(session: Session, event: DealDeployed, *, now: datetime) -> None:
    """Note the deal's sale; open the deal, or let it wait for its opening time."""
    deal = service.load(session, event.deal_id, lock=True)
    service.begin_sale(session, deal, now=now)
    if deal.status == Status.OPENING:
        service.deployed(session, actor=permissions.system(deal.tenant_id), deal_id=deal.id, now=now)


def on_announced(session: Session, event: LogFinal, *, now: datetime) -> None:
    """Book the end of a sale; one that failed on the chain, by whomever, ends the deal too."""
    if event.name not in (*ENDS, RETURNED):
        return
    log = chain.log(session, event.log_id)
    deal_id = UUID(log.args["dealId"][2:34]) if event.name == RETURNED else event.subject_id
    deal = service.load(session, deal_id, lock=True)
    service.announced(session, deal, log, now=now)
    if event.name != "SaleFinalised":
        service.fallen(session, actor=permissions.system(deal.tenant_id), deal=deal, now=now)


def on_lost(session: Session, event: LogLost, *, now: datetime) -> None:
    """Take back the end of a sale: the chain lost its final block, and people accepted that."""
    if event.name in ENDS:
        deal = service.load(session, event.subject_id, lock=True)
        service.lost(session, deal, chain.log(session, event.log_id), now=now)


def on_transaction(session: Session, event: TransactionFinal | TransactionFailed, *, now: datetime) -> None:
    """Note what became of a step of a sale."""
    area, _, verb = event.kind.partition(".")
    if area != "sale":
        return
    deal = service.load(session, event.subject_id, lock=True)
    if isinstance(event, TransactionFailed):
        service.refused(session, deal, verb=verb, error=event.error, now=now)
    else:
        service.confirmed(session, deal, verb=verb, now=now)


def on_submitted(session: Session, event: DealSubmitted, *, now: datetime) -> None:
    """Tell those who review."""
    deal = service.load(session, event.deal_id)
    for user_id in accounts.people_with_role(session, Role.TENANT_ADMIN):
        url = f"/manage/deals/{deal.id}/review"
        notifications.tell(session, user_id=user_id, kind="deal-submitted", url=url, now=now, deal=deal.title)


def on_changes_requested(session: Session, event: DealChangesRequested, *, now: datetime) -> None:
    """Tell the issuer."""
    _tell_issuer(session, "deal-changes-requested", event.deal_id, now)


def on_approved(session: Session, event: DealApproved, *, now: datetime) -> None:
    """Tell the issuer."""
    _tell_issuer(session, "deal-approved", event.deal_id, now)


def on_opened(session: Session, event: DealOpened, *, now: datetime) -> None:
    """Tell the issuer."""
    _tell_issuer(session, "deal-opened", event.deal_id, now)


def on_closed(session: Session, event: DealClosed, *, now: datetime) -> None:
    """Tell the issuer and everybody who has money in the deal."""
    _tell_all(session, "deal-closed", event.deal_id, now)


def on_paused(session: Session, event: DealPaused, *, now: datetime) -> None:
    """Tell the issuer and everybody who has money in the deal."""
    _tell_all(session, "deal-paused", event.deal_id, now)


def on_cancelled(session: Session, event: DealCancelled, *, now: datetime) -> None:
    """Tell the issuer and everybody who has money in the deal: it comes back."""
    _tell_all(session, "deal-cancelled", event.deal_id, now)


def on_paid_out(session: Session, event: DealPaidOut, *, now: datetime) -> None:
    """Tell the issuer that the money is in the issuer's own wallet."""
    _tell_issuer(session, "deal-paid-out", event.deal_id, now)


def on_update(session: Session, event: DealUpdatePublished, *, now: datetime) -> None:
    """Tell everybody who has money in the deal."""
    deal = service.load(session, event.deal_id)
    headline = next(update.title for update in queries.updates(session, deal.id) if update.id == event.update_id)
    words = {"deal": deal.title, "headline": headline}
    for user_id in sorted(service.investors(session, deal.id)):
        url = f"/deals/{quote(deal.slug)}/updates"
        notifications.tell(session, user_id=user_id, kind="deal-update", url=url, now=now, **words)


def _tell_all(session: Session, kind: str, deal_id: UUID, now: datetime) -> None:
    deal = service.load(session, deal_id)
    _tell_issuer(session, kind, deal_id, now)
    for user_id in sorted(service.investors(session, deal.id)):
        url = f"/deals/{quote(deal.slug)}"
        notifications.tell(session, user_id=user_id, kind=kind, url=url, now=now, deal=deal.title)


def _tell_issuer(session: Session, kind: str, deal_id: UUID, now: datetime) -> None:
    deal = service.load(session, deal_id)
    url = f"/issuer/deals/{deal.id}"
    notifications.tell(session, user_id=deal.issuer_id, kind=kind, url=url, now=now, deal=deal.title)
