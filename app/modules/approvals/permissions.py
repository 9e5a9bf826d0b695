"""Who may take part in deeds of two people."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role
from app.modules.approvals.errors import NoSuchApproval


class Perm(StrEnum):
    """What can be done with requests."""

    TAKE_PART = "approvals.take_part"


POLICY = Policy(
    {Perm.TAKE_PART: [[role(Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER, Role.SUPER_ADMIN)]]}, absent=NoSuchApproval
)
