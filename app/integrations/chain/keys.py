"""Keys in encrypted files of the home folder (Web3 Secret Storage, version 3), and demo wallets of the local chain."""

import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import threading
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from app.integrations.chain.port import Call, Fees, Signed

# py_ecc, which comes with eth_account, lifts this to 100,000: a body of nested brackets would then run over the C stack
# and kill the process.
sys.setrecursionlimit(1000)

# The password has 256 random bits, so little stretching is needed and start-up stays quick.
_ITERATIONS = 4096
_NAME = re.compile(r"^[a-z]+(-[0-9a-f-]{36})?$", re.ASCII)
DEMO = "demo-"


def demo_key(secret: str, user_id: str) -> bytes:
    """Return the private key of a person's demo wallet: play money's, made from the installation's secret."""
    return hmac.new(secret.encode(), f"demo-wallet:{user_id}".encode(), hashlib.sha256).digest()


def demo_address(secret: str, user_id: str) -> str:
    """Return the address of a person's demo wallet."""
    return str(_account_of(demo_key(secret, user_id)).address)


def _account_of(key: bytes) -> LocalAccount:
    account: LocalAccount = Account.from_key(key)
    return account


class Keystore:
    """Signs with keys in `folder`. Names: `owner`, `treasury`, `operator-<tenant>` …; `demo-<user>` is never stored."""

    def __init__(self, folder: Path, *, password_file: Path, demo_secret: str) -> None:
        self._folder = folder
        self._password_file = password_file
        self._demo_secret = demo_secret
        self._known: dict[str, LocalAccount] = {}
        self._lock = threading.Lock()

    def address(self, name: str) -> str:
        """Return the address of a key, which is made where it is missing."""
        return str(self._account(name).address)

    def sign(self, name: str, call: Call, *, chain_id: int, nonce: int, gas: int, fees: Fees) -> Signed:
        """Return the signed EIP-1559 transaction."""
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "gas": gas,
            "value": call.value,
            "data": call.data,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.priority_fee,
        }
        if call.to is not None:
            fields["to"] = call.to
        signed = self._account(name).sign_transaction(fields)
        return Signed(tx_hash="0x" + signed.hash.hex().removeprefix("0x"), raw=bytes(signed.raw_transaction))

    def _account(self, name: str) -> LocalAccount:
        if not _NAME.match(name):
            raise ValueError(f"no name of a key: {name!r}")
        with self._lock:
            if name not in self._known:
                self._known[name] = self._load(name)
            return self._known[name]

    def _load(self, name: str) -> LocalAccount:
        if name.startswith(DEMO):
            return _account_of(demo_key(self._demo_secret, name.removeprefix(DEMO)))
        file = self._folder / f"{name}.json"
        if not file.exists():
            self._make(file)
        return _account_of(bytes(Account.decrypt(json.loads(file.read_text()), self._password())))

    def _make(self, file: Path) -> None:
        """Write a new key under another name first, so that a crash leaves a whole file or none."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = Account.encrypt(secrets.token_bytes(32), self._password(), kdf="scrypt", iterations=_ITERATIONS)
        fresh = file.with_suffix(f".{secrets.token_hex(4)}")
        _write_private(fresh, json.dumps(sealed))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()

    def _password(self) -> str:
        if not self._password_file.exists():
            self._password_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._password_file.with_suffix(f".{secrets.token_hex(4)}")
            _write_private(fresh, secrets.token_urlsafe(32))
            try:
                os.link(fresh, self._password_file)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return self._password_file.read_text()


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
