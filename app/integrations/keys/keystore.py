"""Keys in encrypted files (Web3 Secret Storage, version 3), and demo wallets of the local chain."""

import json
import os
import re
import secrets
import threading
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from app.integrations.chain.keys import DEMO, demo_key
from app.integrations.keys.port import Signature

# The password has 256 random bits, so little stretching is needed and start-up stays quick.
_ITERATIONS = 4096
_NAME = re.compile(r"^[a-z]+(-[0-9a-f-]{36})?$", re.ASCII)


class _FileKey:
    """A key from a file, in this process's memory."""

    def __init__(self, secret: bytes) -> None:
        self._account: LocalAccount = Account.from_key(secret)

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_digest(self, digest: bytes) -> Signature:
        made = self._account.unsafe_sign_hash(Hash32(digest))
        return Signature(parity=made.v - 27, r=made.r, s=made.s)


class Keystore:
    """Keys in `folder`. Names: `owner`, `treasury`, `operator-<tenant>` …; `demo-<user>` is never stored."""

    def __init__(self, folder: Path, *, password_file: Path, demo_secret: str) -> None:
        self._folder = folder
        self._password_file = password_file
        self._demo_secret = demo_secret
        self._known: dict[str, _FileKey] = {}
        self._lock = threading.Lock()

    def key(self, name: str) -> _FileKey:
        """Return a key, which is made where it is missing. Raises ValueError for what is no name of a key."""
        if not _NAME.match(name):
            raise ValueError(f"no name of a key: {name!r}")
        with self._lock:
            if name not in self._known:
                self._known[name] = self._load(name)
            return self._known[name]

    def _load(self, name: str) -> _FileKey:
        if name.startswith(DEMO):
            return _FileKey(demo_key(self._demo_secret, name.removeprefix(DEMO)))
        file = self._folder / f"{name}.json"
        if not file.exists():
            self._make(file)
        return _FileKey(bytes(Account.decrypt(json.loads(file.read_text()), self._password())))

    def _make(self, file: Path) -> None:
        """Write a new key under another name first, so that a crash leaves a whole file or none."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = Account.encrypt(secrets.token_bytes(32), self._password(), kdf="scrypt", iterations=_ITERATIONS)
        _write_once(file, json.dumps(sealed))

    def _password(self) -> str:
        if not self._password_file.exists():
            self._password_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(self._password_file, secrets.token_urlsafe(32))
        return self._password_file.read_text()


def _write_once(file: Path, text: str) -> None:
    """Write a private file whole; whoever comes first wins."""
    fresh = file.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
