"""A store for tests: everything in a dictionary."""

import hashlib
from uuid import UUID

from app.integrations.storage.port import Missing


class MemoryStorage:
    """Keeps bytes until the process ends."""

    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, str], bytes] = {}

    def put(self, tenant_id: UUID, content: bytes) -> str:
        """Keep `content` and return its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[tenant_id, sha256] = content
        return sha256

    def get(self, tenant_id: UUID, sha256: str) -> bytes:
        """Return the bytes. Raises Missing."""
        try:
            return self.kept[tenant_id, sha256]
        except KeyError:
            raise Missing(sha256) from None

    def remove(self, tenant_id: UUID, sha256: str) -> bool:
        """Forget the bytes; tell whether there were any."""
        return self.kept.pop((tenant_id, sha256), None) is not None
