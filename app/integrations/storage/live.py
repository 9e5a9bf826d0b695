"""Files on the local disk, in a folder that is never served."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from uuid import UUID

from app.integrations.storage.port import Damaged, Missing


class LocalStorage:
    """`<root>/<tenant>/<first two digits>/<sha256>`, readable by the process alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, tenant_id: UUID, content: bytes) -> str:
        """Keep `content` and return its SHA-256. It is on the disk when this returns, or nothing is."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self._path(tenant_id, sha256)
        if target.exists():
            return sha256
        self.root.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.root, target.parent.parent, target.parent):
            folder.mkdir(exist_ok=True, mode=0o700)
        handle, unfinished = tempfile.mkstemp(dir=target.parent)  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        _sync_folder(target.parent)
        return sha256

    def get(self, tenant_id: UUID, sha256: str) -> bytes:
        """Return the bytes. Raises Missing, or Damaged when they no longer match their hash."""
        try:
            content = self._path(tenant_id, sha256).read_bytes()
        except FileNotFoundError:
            raise Missing(sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged(sha256)
        return content

    def remove(self, tenant_id: UUID, sha256: str) -> bool:
        """Forget the bytes; tell whether there were any."""
        try:
            self._path(tenant_id, sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, tenant_id: UUID, sha256: str) -> Path:
        return self.root / str(tenant_id) / sha256[:2] / sha256


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
