"""In whose name an investment is made: chosen among the person's profiles, kept with the name it had."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core.permissions import Actor
from app.modules.deals.service import InvestableDeal
from app.modules.investments.errors import HolderRefused, Unanswered
from app.modules.investments.models import Investment
from app.modules.investments.rules import Step
from app.modules.profiles import service as profiles
from app.modules.profiles.errors import NoSuchProfile
from tenants.settings import TenantSettings


def chosen(
    session: Session, *, actor: Actor, deal: InvestableDeal, profile_id: UUID | None, settings: TenantSettings
) -> dict[str, str]:
    """Return what the investment keeps of a profile (None: the person alone).

    Raises NoSuchProfile; HolderRefused where the deal isn't offered in the holder's country.
    """
    holder = profiles.holder(session, actor=actor, profile_id=profile_id)
    blocked, eligible = {*settings.blocked_countries, *deal.blocked_countries}, set(deal.eligible_countries)
    if holder.country and (holder.country in blocked or (eligible and holder.country not in eligible)):
        raise HolderRefused
    return holder.snapshot()


def must_still_be(session: Session, draft: Investment, actor: Actor) -> None:
    """Raise Unanswered where the profile is gone, or has another name now than the one that is committed to."""
    if draft.holder_kind == profiles.INDIVIDUAL:
        return
    try:
        known = profiles.holder(session, actor=actor, profile_id=UUID(draft.holder_key))
    except NoSuchProfile:
        raise Unanswered(Step.INVESTOR) from None
    if known.name != draft.holder_name:
        raise Unanswered(Step.INVESTOR)
