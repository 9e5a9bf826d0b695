"""Identity documents are sealed before they reach the store: whoever has its disk has none of them.

Each is sealed for its own row (`app.core.sealed`): copied to another row or tenant, it doesn't open. Used by `service`.
"""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import sealed
from app.integrations.storage import port as storage
from app.modules.documents import queries, rules
from app.modules.documents.models import Document
from tenants import context

PURPOSE = "documents.content"


def keep(document: Document, content: bytes) -> None:
    """Keep the content of a document in the store, sealed if its purpose asks for it, and note where it stands."""
    tenant_id = context.tenant_id()
    document.sha256 = hashlib.sha256(content).hexdigest()
    if document.purpose in rules.SEALED:
        document.sealed_as = storage.connected().put(tenant_id, _sealed(tenant_id, document.id, content))
    else:
        storage.connected().put(tenant_id, content)


def content_of(document: Document) -> bytes:
    """Return the content. Raises storage.Missing, or storage.Damaged, also for what was sealed for another row."""
    store = storage.connected()
    if not document.sealed_as:
        return store.get(document.tenant_id, document.sha256)
    kept = store.get(document.tenant_id, document.sealed_as)
    try:
        content = sealed.unseal(
            storage.secret_key(), kept, tenant_id=document.tenant_id, purpose=PURPOSE, row_id=document.id
        )
    except sealed.Unsealable:
        raise storage.Damaged(document.sealed_as) from None
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise storage.Damaged(document.sealed_as)
    return content


def seal_plain(session: Session) -> tuple[int, list[UUID]]:
    """Seal what an older version stored plain; return how many, and those whose bytes the store hasn't any more.

    The plain bytes stay for now.
    """
    sealed_now, lacking = 0, []
    for document in queries.to_seal(session):
        try:
            keep(document, content_of(document))
            sealed_now += 1
        except storage.StorageError:
            lacking.append(document.id)
    session.flush()
    return sealed_now, lacking


def remove_plain(session: Session) -> int:
    """Remove plain bytes of what is sealed and nothing else needs; return how many. After sealing was committed."""
    needed = select(Document.sha256).where(Document.sealed_as == "")
    left = select(Document.sha256).where(Document.sealed_as != "", Document.sha256.not_in(needed)).distinct()
    return sum(storage.connected().remove(context.tenant_id(), one) for one in session.scalars(left))


def _sealed(tenant_id: UUID, document_id: UUID, content: bytes) -> bytes:
    return sealed.seal(storage.secret_key(), content, tenant_id=tenant_id, purpose=PURPOSE, row_id=document_id)
