"""Who may work on cases. A person has only their own; officers have all but their own to decide."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, is_person, role
from app.modules.compliance.errors import NoSuchCase


class Perm(StrEnum):
    """What can be done about verification."""

    TAKE_PART = "compliance.take_part"
    REVIEW = "compliance.review"
    DECIDE = "compliance.decide"


def _own(actor: Actor, case: Any) -> bool:
    return bool(case.user_id == actor.user_id)


def _someone_elses(actor: Actor, case: Any) -> bool:
    return not _own(actor, case)


POLICY = Policy(
    {
        Perm.TAKE_PART: [[is_person, about(_own)]],
        Perm.REVIEW: [[role(Role.COMPLIANCE_OFFICER)]],
        Perm.DECIDE: [[role(Role.COMPLIANCE_OFFICER), about(_someone_elses, hides=False)]],
    },
    absent=NoSuchCase,
)
