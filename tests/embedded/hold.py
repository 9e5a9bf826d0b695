"""Starts one part of an installation and holds it until it is told to stop: something for the tests to kill."""

import signal
import sys
from pathlib import Path

from app.embedded.chain import Chain
from app.embedded.home import Home
from app.embedded.postgres import Postgres

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = Home(Path(sys.argv[2]))
    with Postgres(home) if sys.argv[1] == "postgres" else Chain(home) as part:
        print(part.pid, flush=True)
        signal.pause()
