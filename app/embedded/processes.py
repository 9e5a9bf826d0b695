"""Children that never outlive us: started with a death signal, stopped politely and then not."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class User:
    """The system user a child runs as; `None` ids mean: as we are."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, object]:
        """The keyword arguments that make `subprocess` switch to this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def owner(self) -> int:
        """The uid that must own what the child writes."""
        return os.getuid() if self.uid is None else self.uid


@dataclass
class Child:
    """A running program and the way it likes to be stopped."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    started: float = field(default_factory=time.monotonic)

    def alive(self) -> bool:
        """Whether it still runs (this also reaps it)."""
        return self.process.poll() is None

    def stop(self, patience: float) -> None:
        """Ask it to end, wait `patience` seconds, then end its whole group."""
        if self.alive():
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.sweep()

    def sweep(self) -> None:
        """End whatever is left of its process group and reap it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return arrange


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    user: User | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    show: bool = False,
) -> Child:
    """Start a program in a session of its own, its output appended to `log` (with `show`, its errors alone).

    When the calling *thread* dies the kernel sends `stop_signal` to the child, so call this from the main thread.
    """
    identity: dict[str, object] = user.popen if user else {}
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=None if show else output,
            stderr=output,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
            # Between fork and exec it makes two system calls and takes no lock, so our threads don't matter.
            preexec_fn=_die_with(os.getpid(), stop_signal),  # noqa: PLW1509
            **identity,  # type: ignore[call-overload]
        )
    return Child(name, process, stop_signal)


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, to show beside a failure."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
