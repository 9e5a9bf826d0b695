"""Addresses of the platform's keys, as the signer tells them, and demo wallets of the local chain.

The keys themselves are the signer's alone; a demo wallet holds play money and follows from the installation's secret.
"""

import hashlib
import hmac
import sys
import time

from eth_account import Account
from sqlalchemy import text

from app.integrations.chain.port import SignerAway
from tenants.session import platform_session

# py_ecc, which comes with eth_account, lifts this to 100,000: a body of nested brackets would then run over the C stack
# and kill the process.
sys.setrecursionlimit(1000)

DEMO = "demo-"
WAKE = "portico_signer"
_PATIENCE = 10.0  # seconds
_ASK = """INSERT INTO platform.signer_keys (name, asked_at) VALUES (:name, now()) ON CONFLICT DO NOTHING"""
_FIND = """SELECT address FROM platform.signer_keys WHERE name = :name"""


def demo_key(secret: str, user_id: str) -> bytes:
    """Return the private key of a person's demo wallet: play money's, made from the installation's secret."""
    return hmac.new(secret.encode(), f"demo-wallet:{user_id}".encode(), hashlib.sha256).digest()


def demo_address(secret: str, user_id: str) -> str:
    """Return the address of a person's demo wallet."""
    return str(Account.from_key(demo_key(secret, user_id)).address)


class AskedKeys:
    """Knows the addresses of keys by asking the signer, which makes a key where it is missing."""

    def __init__(self, *, demo_secret: str, patience: float = _PATIENCE) -> None:
        self._demo_secret = demo_secret
        self._patience = patience
        self._known: dict[str, str] = {}

    def address(self, name: str) -> str:
        """Return the address of a key. Raises SignerAway where the signer doesn't answer."""
        if name.startswith(DEMO):
            return demo_address(self._demo_secret, name.removeprefix(DEMO))
        if name not in self._known:
            self._known[name] = self._find(name) or self._ask(name)
        return self._known[name]

    def _find(self, name: str) -> str:
        with platform_session() as session:
            return str(session.execute(text(_FIND), {"name": name}).scalar() or "")

    def _ask(self, name: str) -> str:
        with platform_session() as session:
            session.execute(text(_ASK), {"name": name})
            session.execute(text(f"NOTIFY {WAKE}"))
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            time.sleep(0.02)
            if found := self._find(name):
                return found
        raise SignerAway
