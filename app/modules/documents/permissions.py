"""Who may give files, open them, and read the log of openings."""

from enum import StrEnum
from typing import Any

from app.core.permissions import Actor, Policy, Role, about, is_person, role
from app.modules.documents.errors import NoSuchDocument


class Perm(StrEnum):
    """What can be done with documents."""

    STORE = "documents.store"
    CHANGE = "documents.change"
    READ_LOG = "documents.read_log"


def _owns(actor: Actor, document: Any) -> bool:
    return document.owner_id is not None and document.owner_id == actor.user_id


def _is_system(actor: Actor, _document: Any) -> bool:
    return actor.is_system


POLICY = Policy(
    {
        Perm.STORE: [[is_person], [_is_system]],
        Perm.CHANGE: [[is_person, about(_owns)], [role(Role.TENANT_ADMIN)]],
        Perm.READ_LOG: [[is_person, about(_owns)], [role(Role.COMPLIANCE_OFFICER, Role.TENANT_ADMIN)]],
    },
    absent=NoSuchDocument,
)
