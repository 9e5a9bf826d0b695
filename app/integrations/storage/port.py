"""The store of files: bytes by tenant and SHA-256. A process connects one when it starts, as it does its database."""

from typing import Protocol
from uuid import UUID


class Storage(Protocol):
    """Keeps bytes under their own hash; the same bytes are kept once a tenant."""

    def put(self, tenant_id: UUID, content: bytes) -> str:
        """Keep `content` durably and return its SHA-256 in hexadecimal."""

    def get(self, tenant_id: UUID, sha256: str) -> bytes:
        """Return the bytes. Raises Missing, or Damaged when they no longer match their hash."""


class StorageError(Exception):
    """Base of what can go wrong in a store."""


class Missing(StorageError):
    """The tenant's store has no such bytes."""


class Damaged(StorageError):
    """The bytes on disk are not those that were stored."""


class NotConnected(StorageError):
    """`connect` was not called when this process started."""


_store: Storage | None = None


def connect(store: Storage) -> None:
    """Make `store` the one this process uses."""
    global _store
    _store = store


def connected() -> Storage:
    """Return this process's store. Raises NotConnected."""
    if _store is None:
        raise NotConnected
    return _store
