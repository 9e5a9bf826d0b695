"""Who may keep profiles: everybody their own, investors also those in whose name they invest."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, is_person, role
from app.modules.profiles.errors import NoSuchProfile


class Perm(StrEnum):
    """What can be done with profiles."""

    DESCRIBE = "profiles.describe"
    KEEP = "profiles.keep"


def is_own(actor: Actor, profile: Any) -> bool:
    return bool(actor.user_id == profile.user_id)


POLICY = Policy(
    {
        Perm.DESCRIBE: [[is_person]],
        Perm.KEEP: [[role(Role.INVESTOR), about(is_own)]],
    },
    absent=NoSuchProfile,
)
