"""Facts of the modules below, put into the words of the catalogue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import outbox
from app.modules.accounts import events as accounts
from app.modules.audit import events as audit
from app.modules.compliance import events as compliance
from app.modules.deals import events as deals
from app.modules.deals import service as dealing
from app.modules.escrow import events as escrow
from app.modules.investments import events as investments
from app.modules.webhooks import rules, service

KINDS: dict[type, str] = {
    accounts.UserRegistered: "user.registered",
    accounts.EmailVerified: "user.verified_email",
    accounts.UserSuspended: "user.suspended",
    accounts.UserReactivated: "user.reactivated",
    accounts.RoleGranted: "role.granted",
    accounts.RoleRevoked: "role.revoked",
    compliance.VerificationSubmitted: "verification.submitted",
    compliance.VerificationApproved: "verification.approved",
    compliance.VerificationRejected: "verification.rejected",
    compliance.VerificationMoreRequested: "verification.more_requested",
    deals.DealSubmitted: "deal.submitted",
    deals.DealChangesRequested: "deal.changes_requested",
    deals.DealApproved: "deal.approved",
    deals.DealOpened: "deal.opened",
    deals.DealPaused: "deal.paused",
    deals.DealResumed: "deal.resumed",
    deals.DealClosed: "deal.closed",
    deals.DealCancelled: "deal.cancelled",
    deals.DealPaidOut: "deal.paid_out",
    deals.DealSaleFailed: "deal.sale_failed",
    deals.DealUpdatePublished: "deal.updated",
    investments.InvestmentPledged: "investment.pledged",
    investments.InvestmentHeld: "investment.confirmed",
    investments.InvestmentCompleted: "investment.completed",
    investments.InvestmentRefunded: "investment.refunded",
    investments.InvestmentEnded: "investment.ended",
    escrow.EscrowArriving: "deposit.arriving",
    escrow.EscrowVanished: "deposit.vanished",
    escrow.EscrowTakenBack: "escrow.taken_back",
    escrow.EscrowHeld: "escrow.held",
    escrow.EscrowReleased: "escrow.released",
    escrow.EscrowRefunded: "escrow.refunded",
    escrow.EscrowReturned: "escrow.returned",
    escrow.EscrowUndecided: "escrow.undecided",
    audit.RecordSealed: "audit.sealed",
}
WITHHELD = frozenset({"token_id"})  # names a mail with a link that is as good as a password
AMOUNTS = frozenset({"amount", "raised", "proceeds"})


def on_fact(session: Session, event: object, *, now: datetime) -> None:
    """Tell the endpoints that asked for facts of this kind."""
    service.publish(session, KINDS[type(event)], said(session, event), now=now)


def said(session: Session, event: object) -> dict[str, Any]:
    """Return the data of the message: the fact's own fields, and of what asset its amounts are."""
    fields = outbox.to_body(event)
    data = {rules.camel(name): value for name, value in fields.items() if name not in WITHHELD}
    if AMOUNTS & fields.keys():
        asset = dealing.for_investment(session, UUID(fields["deal_id"])).asset
        data |= {"currency": asset.code, "decimals": asset.decimals}
    return data
