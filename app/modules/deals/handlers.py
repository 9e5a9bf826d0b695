"""What deals do when something happened: open when deployed, and tell those concerned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import permissions
from app.core.permissions import Role
from app.modules.accounts import service as accounts
from app.modules.chain.events import DealDeployed
from app.modules.deals import queries, service
from app.modules.deals.events import (
    DealApproved,
    DealChangesRequested,
    DealClosed,
    DealOpened,
    DealSubmitted,
    DealUpdatePublished,
)
from app.modules.deals.rules import Status
from app.modules.notifications import service as notifications


def on_deployed(session: Session, event: DealDeployed, *, now: datetime) -> None:
    """Open the deal, or let it wait for its opening time."""
    deal = service.load(session, event.deal_id, lock=True)
    if deal.status == Status.OPENING:
        service.deployed(session, actor=permissions.system(deal.tenant_id), deal_id=deal.id, now=now)


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
    deal = service.load(session, event.deal_id)
    _tell_issuer(session, "deal-closed", event.deal_id, now)
    for user_id in sorted(service.investors(session, deal.id)):
        url = f"/deals/{deal.slug}"
        notifications.tell(session, user_id=user_id, kind="deal-closed", url=url, now=now, deal=deal.title)


def on_update(session: Session, event: DealUpdatePublished, *, now: datetime) -> None:
    """Tell everybody who has money in the deal."""
    deal = service.load(session, event.deal_id)
    headline = next(update.title for update in queries.updates(session, deal.id) if update.id == event.update_id)
    words = {"deal": deal.title, "headline": headline}
    for user_id in sorted(service.investors(session, deal.id)):
        url = f"/deals/{deal.slug}/updates"
        notifications.tell(session, user_id=user_id, kind="deal-update", url=url, now=now, **words)


def _tell_issuer(session: Session, kind: str, deal_id: UUID, now: datetime) -> None:
    deal = service.load(session, deal_id)
    url = f"/issuer/deals/{deal.id}"
    notifications.tell(session, user_id=deal.issuer_id, kind=kind, url=url, now=now, deal=deal.title)
