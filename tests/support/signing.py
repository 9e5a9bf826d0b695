"""The real signer beside tests: a thread with the signer's own database role and keys."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.integrations.chain.port import Call, Chain
from app.integrations.keys import transactions
from app.signer import run


@contextmanager
def signer(settings: Settings, url: str) -> Iterator[None]:
    """Sign for the installation of `settings` until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=run.serve, args=(run.desk_of(settings), url, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def send_as(settings: Settings, name: str, call: Call, chain: Chain) -> None:
    """Send a call with one of the installation's keys, as a person does who has them; no signer is asked."""
    key = run.desk_of(settings).keys.key(name)
    gas, nonce = chain.estimate(call, sender=key.address) * 2, chain.nonce(key.address, at="latest")
    signed = transactions.sign(key, call, chain_id=settings.chain_id, nonce=nonce, gas=gas, fees=chain.fees())
    chain.send(signed.raw)
