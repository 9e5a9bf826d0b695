"""Who may look after people."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class Perm(StrEnum):
    """What can be done with other people's accounts."""

    MANAGE_PEOPLE = "accounts.manage_people"


POLICY = Policy({Perm.MANAGE_PEOPLE: [[role(Role.TENANT_ADMIN, Role.SUPER_ADMIN)]]})
