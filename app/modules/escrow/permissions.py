"""Who may see escrows and decide about them."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, is_person, role
from app.modules.escrow.errors import NoEscrow


class EscrowPermission(StrEnum):
    LIST = "escrow.list"
    SEE = "escrow.see"
    DECIDE = "escrow.decide"
    SETTLE = "escrow.settle"


def is_payer(actor: Actor, escrow: Any) -> bool:
    return bool(escrow.user_id == actor.user_id)


_OFFICE = role(Role.TENANT_ADMIN, Role.COMPLIANCE_OFFICER)

POLICY = Policy(
    {
        EscrowPermission.LIST: [[_OFFICE]],
        EscrowPermission.SEE: [[_OFFICE], [is_person, about(is_payer)]],
        EscrowPermission.DECIDE: [[role(Role.COMPLIANCE_OFFICER)]],
        EscrowPermission.SETTLE: [[_OFFICE]],
    },
    absent=NoEscrow,
)
