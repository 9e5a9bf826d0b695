"""Holds a test run's servers until the run's first process is gone."""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
from pathlib import Path

from app.embedded.chain import Chain
from app.embedded.home import Home
from app.embedded.postgres import Postgres

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


def hold(folder: Path, controller: int) -> None:
    """Start the servers, write their addresses to `services.json`, wait for `controller` to end, clean up."""
    watched = os.pidfd_open(controller)
    home = Home(folder / "home")
    with Postgres(home, _FAST) as postgres, Chain(home, keep_final=False) as chain:
        urls = {"postgres": postgres.admin_url, "anvil": chain.url}
        (folder / "services.fresh").write_text(json.dumps(urls))
        (folder / "services.fresh").replace(folder / "services.json")
        select.select([watched], [], [])
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(ProcessLookupError):
        hold(Path(sys.argv[1]), int(sys.argv[2]))
