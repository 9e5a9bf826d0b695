"""Who may do what with an investment."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, is_person, role
from app.modules.investments.errors import UnknownInvestment


class Perm(StrEnum):
    """Rights over investments."""

    PLEDGE = "investments.pledge"
    READ = "investments.read"
    ACT = "investments.act"
    LIST = "investments.list"


def is_own(actor: Actor, investment: Any) -> bool:
    return bool(actor.user_id == investment.user_id)


def issued_by(actor: Actor, deal: Any) -> bool:
    return bool(actor.user_id == deal.issuer_id)


POLICY = Policy(
    {
        Perm.PLEDGE: [[role(Role.INVESTOR)]],
        Perm.READ: [[is_person, about(is_own)], [role(Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)]],
        Perm.ACT: [[is_person, about(is_own)]],
        Perm.LIST: [[role(Role.ISSUER), about(issued_by)], [role(Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)]],
    },
    absent=UnknownInvestment,
)
