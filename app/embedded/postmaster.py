"""What an earlier postmaster may have left behind, read from its pid file and from /proc."""

import contextlib
import os
import signal
import time
from pathlib import Path

_READY_LINE = 7  # of postmaster.pid, counted from 0


def ready(data: Path, pid: int) -> bool:
    """Whether the postmaster `pid` accepts connections on the cluster in `data`."""
    lines = _pid_file(data)
    return len(lines) > _READY_LINE and lines[0].strip() == str(pid) and lines[_READY_LINE].strip() == "ready"


def clear(data: Path, run: Path, patience: float) -> None:
    """Make room for a new postmaster: end an orphan, and clean up behind one that is dead or a zombie.

    A postmaster whose parent was killed is already shutting down by its death signal and gets `patience` seconds
    for that; then it is told to stop at once. A zombie (its parent doesn't reap) keeps its pid, so PostgreSQL would
    take it for alive: once nobody works in the folder any more, its lock files go.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        _unlock(data, run)
        return
    pid = abs(int(lines[0]))
    deadline = time.monotonic() + patience
    insisted = False
    while workers := _working_in(data):
        if time.monotonic() > deadline and not insisted:
            for worker in workers:
                _tell(worker, signal.SIGQUIT)
            insisted = True
        time.sleep(0.02)
    if _state(pid) in ("Z", "X", "") or not _is_ours(pid, data):
        _unlock(data, run)


def _unlock(data: Path, run: Path) -> None:
    (data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in run.glob(".s.PGSQL.5432*"):
        leftover.unlink(missing_ok=True)


def _pid_file(data: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (data / "postmaster.pid").read_text().splitlines()
    return []


def _state(pid: int) -> str:
    """The process state letter of /proc, or nothing when there is no such process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _is_ours(pid: int, data: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/cwd") == str(data)
    return False


def _working_in(data: Path) -> list[int]:
    """The processes whose current folder is the cluster: the postmaster and its backends, zombies left out."""
    real = os.path.realpath(data)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "cwd") == real:
                    found.append(int(entry.name))
    return found


def _tell(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, what)
