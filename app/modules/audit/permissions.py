"""Who may read the record."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class Perm(StrEnum):
    """What can be done with the record."""

    READ = "audit.read"


POLICY = Policy({Perm.READ: [[role(Role.TENANT_ADMIN, Role.SUPER_ADMIN)]]})
