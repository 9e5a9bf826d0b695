"""Secrets at rest: AES-256-GCM under a key derived from the installation's secret key.

What is sealed for one row opens for that row alone: tenant, purpose and row are part of what is authenticated, so a
value that was copied to another row, table or tenant doesn't open.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12  # bytes, random for every seal


class Unsealable(Exception):
    """The value was sealed with another secret key, for another row, or was changed."""


def seal(secret_key: str, plain: bytes, *, tenant_id: UUID, purpose: str, row_id: UUID) -> bytes:
    """Return `plain` sealed for one row. `purpose` says what it is for, e.g. `webhooks.secret`."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(_key(secret_key, purpose)).encrypt(nonce, plain, _for(tenant_id, purpose, row_id))


def unseal(secret_key: str, kept: bytes, *, tenant_id: UUID, purpose: str, row_id: UUID) -> bytes:
    """Return what was sealed for this row. Raises Unsealable."""
    nonce, text = kept[1 : 1 + _NONCE], kept[1 + _NONCE :]
    if kept[:1] != _VERSION or len(nonce) != _NONCE:
        raise Unsealable(purpose)
    try:
        return AESGCM(_key(secret_key, purpose)).decrypt(nonce, text, _for(tenant_id, purpose, row_id))
    except InvalidTag:
        raise Unsealable(purpose) from None


def _key(secret_key: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"portico/sealed/{purpose}".encode()).derive(
        secret_key.encode()
    )


def _for(tenant_id: UUID, purpose: str, row_id: UUID) -> bytes:
    return b"\x00".join((tenant_id.bytes, purpose.encode(), row_id.bytes))
