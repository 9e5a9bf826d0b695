"""Who may do what with deals."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, role
from app.modules.deals.errors import DealNotFound


class Perm(StrEnum):
    """Everything one can do with a deal besides reading it."""

    DRAFT = "deals.draft"
    EDIT = "deals.edit"
    SUBMIT = "deals.submit"
    COMMENT = "deals.comment"
    PUBLISH = "deals.publish"
    REVIEW = "deals.review"
    RUN = "deals.run"
    SEE_MONEY = "deals.see_money"


def owns(actor: Actor, deal: Any) -> bool:
    """Whether the actor is the deal's issuer."""
    return actor.user_id is not None and deal.issuer_id == actor.user_id


is_issuer = role(Role.ISSUER)
is_reviewer = role(Role.TENANT_ADMIN)
is_officer = role(Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER)
_own = [is_issuer, about(owns)]

POLICY = Policy(
    {
        Perm.DRAFT: [[is_issuer]],
        Perm.EDIT: [_own],
        Perm.SUBMIT: [_own],
        Perm.COMMENT: [_own, [is_reviewer]],
        Perm.PUBLISH: [_own],
        Perm.REVIEW: [[is_reviewer]],
        Perm.RUN: [[is_reviewer]],
        Perm.SEE_MONEY: [_own, [is_officer]],
    },
    absent=DealNotFound,
)
