"""Keeps what one machine runs: parts start in order, come back after a crash, and stop in reverse order."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from app.embedded.errors import ChildFailed, SetupError
from app.embedded.processes import Child, spawn, tail

_LOOK_EVERY = 0.2  # seconds, as all below
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_STEADY_AFTER = 60.0


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C or a signal."""


class Part(Protocol):
    """Anything that can be kept running: a server of ours or a program."""

    name: str

    def start(self) -> object:
        """Return once it is ready; raise a `SetupError` otherwise."""

    def stop(self) -> None:
        """End it, in whatever state it is."""

    def alive(self) -> bool:
        """Whether it runs."""


@dataclass
class Program:
    """A child program that is ready when `ready` says so, or at once when there is nothing to ask."""

    name: str
    command: Sequence[str | Path]
    log: Path
    cwd: Path
    env: dict[str, str]
    ready: Callable[[], bool] = lambda: True
    start_patience: float = 60.0
    stop_patience: float = 15.0
    child: Child | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait; what a crashed predecessor left in its process group is ended first."""
        if self.child is not None:
            self.child.sweep()
        self.child = spawn(self.name, self.command, log=self.log, cwd=self.cwd, env=self.env)
        deadline = time.monotonic() + self.start_patience
        while not self.ready():
            if not self.child.alive() or time.monotonic() > deadline:
                self.stop()
                raise ChildFailed(f"The {self.name} did not start. Its log ({self.log}) ends:\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, then insist."""
        if self.child is not None:
            self.child.stop(self.stop_patience)
            self.child = None

    def alive(self) -> bool:
        """Whether its first process runs."""
        return self.child is not None and self.child.alive()


@dataclass
class _Kept:
    part: Part
    since: float
    crashes: int = 0
    again_at: float = 0.0


class Supervisor:
    """Holds the running parts. `say` gets one line for each thing worth telling."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: list[_Kept] = []

    def take(self, part: Part) -> None:
        """Start a part and keep it; one that fails to start is stopped again and its error raised."""
        self._kept.append(_Kept(part, time.monotonic()))
        part.start()

    def watch(self) -> NoReturn:
        """Look after the parts until `Stopped` is raised."""
        while True:
            for kept in self._kept:
                self._look_after(kept)
            time.sleep(_LOOK_EVERY)

    def stop(self) -> None:
        """End all parts, the last one first."""
        while self._kept:
            self._kept.pop().part.stop()

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.part.alive():
            if kept.crashes and now - kept.since > _STEADY_AFTER:
                kept.crashes = 0
            return
        if not kept.again_at:
            pause = min(_FIRST_PAUSE * 2**kept.crashes, _LONGEST_PAUSE)
            kept.crashes += 1
            kept.again_at = now + pause
            self._say(f"The {kept.part.name} ended unexpectedly; starting it again.")
        elif now >= kept.again_at:
            kept.again_at = 0.0
            try:
                kept.part.start()
            except SetupError as error:
                self._say(str(error))
            kept.since = time.monotonic()


def stop_on_signals() -> None:
    """Make SIGINT, SIGTERM and SIGHUP raise `Stopped` once in the main thread; more of them are ignored.

    A SIGHUP that is ignored already stays so: that is what `nohup` asks for.
    """
    heeded = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    for each in heeded:
        signal.signal(each, stop)
