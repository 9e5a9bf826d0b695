"""One PostgreSQL and one chain for a whole test run, started by the first test that asks, shared by all workers.

They are held by a process of their own (`services_host`) that ends when pytest's first process does, however it does.
"""

import fcntl
import json
import os
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TypedDict

CHECKOUT = Path(__file__).resolve().parents[2]
_PATIENCE = 90.0


class Urls(TypedDict):
    postgres: str
    anvil: str


def postgres_admin_url() -> str:
    """The superuser's URL of the run's PostgreSQL (its `fsync` is off; it goes away with the run)."""
    return _urls()["postgres"]


def anvil_url() -> str:
    """The run's anvil: it mines a block a transaction and, for finality, only what a test mines itself."""
    return _urls()["anvil"]


def _controller() -> int:
    """The process that began the run: with xdist the parent of us workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@cache
def _urls() -> Urls:
    home = Path(tempfile.gettempdir()) / f"portico-tests-{os.getuid()}-{_controller()}-{_started(_controller())}"
    home.mkdir(mode=0o711, exist_ok=True)
    home.chmod(0o711)  # root's database user has to pass
    answer = home / "services.json"
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            _start(home, answer)
    return json.loads(answer.read_text())  # type: ignore[no-any-return]


def _started(pid: int) -> str:
    """When that process began, in clock ticks since boot: with its id, a name nobody else has."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def _start(home: Path, answer: Path) -> None:
    log = home / "host.log"
    command = [sys.executable, "-m", "tests.support.services_host", str(home), str(_controller())]
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    # posix_spawn and no Popen: the host outlives the worker that happens to start it.
    pid = os.posix_spawn(
        sys.executable,
        command,
        {**os.environ, "PYTHONPATH": str(CHECKOUT)},
        file_actions=[(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)],
        setsid=True,
    )
    os.close(output)
    deadline = time.monotonic() + _PATIENCE
    while not answer.exists():
        ended = os.waitpid(pid, os.WNOHANG)[0] == pid
        if ended or time.monotonic() > deadline:
            raise RuntimeError(f"no services for tests:\n{log.read_text()}")
        time.sleep(0.05)
