"""The signer's process: woken by a notification or the clock, it answers what waits, until it is told to stop."""

import logging
import os
import signal
import threading
import time
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.core import clock
from app.integrations.chain.keys import WAKE
from app.integrations.keys.keystore import Keystore
from app.integrations.keys.port import KeyRing
from app.signer.answering import answer_all
from app.signer.desk import SignerDesk
from tenants import session

log = logging.getLogger("portico.signer")
LOOK_EVERY = 1.0  # seconds, also when nothing wakes it: so fast a halt is heeded


def main() -> None:
    """Run as the signer of the installation in PORTICO_HOME until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.from_env()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(desk_of(settings), database_url(settings), stop)


def desk_of(settings: Settings) -> SignerDesk:
    """Return the signer of an installation, with the keys that its settings name."""
    home = signer_home(settings)
    return SignerDesk(
        keys=_keys(settings, home), chain_id=settings.chain_id, halt_file=home / "signer.halt", now=clock.now
    )


def signer_home(settings: Settings) -> Path:
    """Return the folder with keys, password and halt file: PORTICO_SIGNER_HOME, or the installation's own."""
    return Path(os.environ.get("PORTICO_SIGNER_HOME") or settings.home)


def database_url(settings: Settings) -> str:
    """Return how the signer connects: PORTICO_SIGNER_URL, or as app_signer with the password from the home folder."""
    given = os.environ.get("PORTICO_SIGNER_URL")
    if given:
        return given
    password = (settings.home / "secrets" / "app_signer.password").read_text().strip()
    url = make_url(settings.platform_url).set(username="app_signer", password=password)
    return url.render_as_string(hide_password=False)


def serve(desk: SignerDesk, url: str, stop: threading.Event) -> None:
    """Answer until `stop` is set. A database that is away, or not yet migrated, is waited for."""
    session.connect_signer(url)
    libpq = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    while not stop.is_set():
        try:
            with psycopg.connect(libpq, autocommit=True, connect_timeout=5) as ears:
                ears.execute(f"LISTEN {WAKE}")
                _listen(desk, ears, stop)
        except (psycopg.Error, SQLAlchemyError) as away:
            log.info("waiting for the database: %s", str(away).strip().partition("\n")[0])
            stop.wait(LOOK_EVERY)
    session.disconnect_signer()


def _listen(desk: SignerDesk, ears: psycopg.Connection[object], stop: threading.Event) -> None:
    while not stop.is_set():
        answer_all(desk)
        began = time.monotonic()
        while not stop.is_set() and time.monotonic() - began < LOOK_EVERY:
            if next(ears.notifies(timeout=0.2, stop_after=1), None) is not None:
                break


def _keys(settings: Settings, home: Path) -> KeyRing:
    library = os.environ.get("PORTICO_PKCS11_LIBRARY")
    files = Keystore(
        home / "keys", password_file=home / "secrets" / "keystore.password", demo_secret=settings.secret_key
    )
    if not library:
        return files
    from app.integrations.keys.pkcs11 import SecurityModule  # noqa: PLC0415 - needs the vendor's library

    pin = Path(os.environ["PORTICO_PKCS11_PIN_FILE"]).read_text().strip()
    return SecurityModule(Path(library), token=os.environ.get("PORTICO_PKCS11_TOKEN", "portico"), pin=pin)
