"""Who may let the site talk to other programs."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class Perm(StrEnum):
    """What can be done with webhooks."""

    MANAGE = "webhooks.manage"


POLICY = Policy({Perm.MANAGE: [[role(Role.TENANT_ADMIN)]]})
