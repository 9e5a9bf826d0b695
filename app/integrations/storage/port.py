"""The store of files: bytes by tenant and SHA-256. A process connects one when it starts, as it does its database."""

from typing import Protocol
from uuid import UUID


class Storage(Protocol):
    """Keeps bytes under their own hash; the same bytes are kept once a tenant."""

    def put(self, tenant_id: UUID, content: bytes) -> str:
        """Keep `content` durably and return its SHA-256 in hexadecimal."""

    def get(self, tenant_id: UUID, sha256: str) -> bytes:
        """Return the bytes. Raises Missing, or Damaged when they no longer match their hash."""

    def remove(self, tenant_id: UUID, sha256: str) -> bool:
        """Forget the bytes; tell whether there were any."""


class StorageError(Exception):
    """Base of what can go wrong in a store."""


class Missing(StorageError):
    """The tenant's store has no such bytes."""


class Damaged(StorageError):
    """The bytes on disk are not those that were stored."""


class NotConnected(StorageError):
    """`connect` was not called when this process started."""


_store: Storage | None = None
_secret_key = ""


def connect(store: Storage, *, secret_key: str) -> None:
    """Make `store` the one this process uses, and `secret_key` what it seals with where bytes are to be sealed."""
    global _store, _secret_key
    _store, _secret_key = store, secret_key


def connected() -> Storage:
    """Return this process's store. Raises NotConnected."""
    if _store is None:
        raise NotConnected
    return _store


def secret_key() -> str:
    """Return what bytes are sealed with. Raises NotConnected."""
    if not _secret_key:
        raise NotConnected
    return _secret_key
