"""Who may see and steer what the platform does on the chain."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class ChainPermission(StrEnum):
    SEE = "chain.see"
    DEPLOY = "chain.deploy"
    OPERATE = "chain.operate"
    STEER = "chain.steer"


POLICY = Policy(
    {
        ChainPermission.SEE: [[role(Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER, Role.SUPER_ADMIN)]],
        ChainPermission.DEPLOY: [[role(Role.TENANT_ADMIN)]],
        ChainPermission.OPERATE: [[role(Role.SUPER_ADMIN)]],
        ChainPermission.STEER: [[role(Role.TENANT_ADMIN, Role.SUPER_ADMIN)]],
    }
)
