"""Who may say by whom people sign in."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class Perm(StrEnum):
    """What can be done about sign-in by others."""

    MANAGE = "federation.manage"


POLICY = Policy({Perm.MANAGE: [[role(Role.TENANT_ADMIN)]]})
