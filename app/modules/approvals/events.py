"""What other modules are told."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ApprovalGranted:
    """A second person agreed: the module that asked does it now."""

    approval_id: UUID
    kind: str
    subject_id: UUID
    decided_by: UUID
