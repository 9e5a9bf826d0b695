"""The real signer beside tests: a thread with the signer's own database role and keys."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.integrations.chain.port import Call, Chain
from app.integrations.keys import transactions
from app.signer import run


class SignerThread:
    """Signs for an installation while it runs; it can stop and begin again."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings, self.url = settings, url
        self._stop, self._thread = threading.Event(), threading.Thread()

    def start(self) -> None:
        self._stop = threading.Event()
        given = (run.desk_of(self.settings), self.url, self._stop)
        self._thread = threading.Thread(target=run.serve, args=given, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let nobody sign until the block ends."""
        self.stop()
        try:
            yield
        finally:
            self.start()


def send_as(settings: Settings, name: str, call: Call, chain: Chain) -> None:
    """Send a call with one of the installation's keys, as a person does who has them; no signer is asked."""
    key = run.desk_of(settings).keys.key(name)
    gas, nonce = chain.estimate(call, sender=key.address) * 2, chain.nonce(key.address, at="latest")
    signed = transactions.sign(key, call, chain_id=settings.chain_id, nonce=nonce, gas=gas, fees=chain.fees())
    chain.send(signed.raw)
