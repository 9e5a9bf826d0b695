"""Who runs the installation, and who runs one site."""

from enum import StrEnum

from app.core.permissions import Policy, Role, role


class Perm(StrEnum):
    """What can be done with sites."""

    RUN_INSTALLATION = "console.run_installation"
    MANAGE_SITE = "console.manage_site"


POLICY = Policy(
    {
        Perm.RUN_INSTALLATION: [[role(Role.SUPER_ADMIN)]],
        Perm.MANAGE_SITE: [[role(Role.TENANT_ADMIN)]],
    }
)
