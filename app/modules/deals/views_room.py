"""What a reader of a deal's room has a right to, through every door."""

from app.modules.compliance import service as compliance
from app.modules.deals import queries
from app.modules.deals.models import Deal
from app.modules.documents import service as documents
from app.web.current import current
from tenants.settings import TenantSettings


def entitlements(deal: Deal) -> frozenset[documents.Entitlement]:
    """Return what the reader has a right to besides a role: as somebody verified, as somebody who invested."""
    held = set()
    if verified(current.site.settings)[0]:
        held.add(documents.Entitlement.VERIFIED)
    if queries.has_invested(current.session, deal.id, current.actor.user_id):
        held.add(documents.Entitlement.INVESTED)
    return frozenset(held)


def verified(settings: TenantSettings) -> tuple[bool, bool]:
    """Tell whether the reader holds the level this site asks for, and whether a case of theirs is being reviewed."""
    if current.actor.user_id is None:
        return False, False
    standing = compliance.status_of(current.session, current.actor.user_id, current.now)
    return standing.level.at_least(settings.required_level), standing.status == compliance.Status.SUBMITTED
