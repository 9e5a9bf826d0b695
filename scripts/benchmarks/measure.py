"""Two servers by turns: each pinned to the same core, loaded from another, its CPU time read from /proc."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.embedded.binaries import CHECKOUT
from app.embedded.ports import free_port, is_free
from app.embedded.processes import Child, spawn, tail

CORES = sorted(os.sched_getaffinity(0))
ROUNDS, SECONDS, CONNECTIONS = 5, 4.0, 8
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """One WSGI application under granian: one worker process, pinned to the first core."""

    target: str
    env: dict[str, str]
    log: Path
    port: int = 0
    child: Child | None = None

    def __enter__(self) -> "Server":
        self.port = free_port()
        command = [sys.executable, "-m", "granian", self.target, "--interface", "wsgi", "--port", str(self.port)]
        command += ["--workers", "1", "--blocking-threads", "2", "--no-ws"]
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT), **self.env}
        self.child = spawn("server", command, log=self.log, cwd=CHECKOUT, env=env)
        os.sched_setaffinity(self.child.process.pid, {CORES[0]})
        deadline = time.monotonic() + 30
        while is_free(self.port):
            if not self.child.alive() or time.monotonic() > deadline:
                raise SystemExit(f"{self.target} did not start:\n{tail(self.log, 15)}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.child is not None:
            self.child.stop(10)

    def cpu(self) -> float:
        """CPU seconds that the server's processes have used."""
        assert self.child is not None
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.child.process.pid:  # its process group
                total += int(fields[11]) + int(fields[12])
        return total / _TICK


def load(server: Server, host: str, path: str, seconds: float) -> dict[str, float]:
    """Load one server; returns the generator's figures and `cpu_us`, the server's CPU a request."""
    before = server.cpu()
    command = [sys.executable, "-m", "scripts.benchmarks.load", str(server.port), host, path, str(CONNECTIONS)]
    command += [str(seconds), str(CORES[-1])]
    figures: dict[str, float] = json.loads(
        subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE).stdout
    )
    figures["cpu_us"] = (server.cpu() - before) / figures["answers"] * 1e6
    return figures


def by_turns(ours: Server, bare: Server, requests: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Measure both in alternating rounds. `requests` is (host, path) for ours and for the baseline.

    Returns medians of each and `ratio`: our rate by the baseline's, the median over rounds;
    `cpu_ratio` says the same by CPU a request, which other work on the machine disturbs less.
    """
    rounds: list[list[dict[str, float]]] = [[], []]
    with ExitStack() as running:
        servers = [running.enter_context(server) for server in (ours, bare)]
        for server, (host, path) in zip(servers, requests, strict=True):
            load(server, host, path, 1.0)  # warm caches and compiled templates
        for _ in range(ROUNDS):
            for figures, server, (host, path) in zip(rounds, servers, requests, strict=True):
                figures.append(load(server, host, path, SECONDS))
    ratios = [mine["rate"] / theirs["rate"] for mine, theirs in zip(*rounds, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "cpu_ratio": round(statistics.median(b["cpu_us"] / a["cpu_us"] for a, b in zip(*rounds, strict=True)), 3),
        "ours": _medians(rounds[0]),
        "baseline": _medians(rounds[1]),
        "rounds": ROUNDS,
        "seconds_a_round": SECONDS,
        "connections": CONNECTIONS,
        "cores": os.cpu_count(),
    }


def _medians(figures: list[dict[str, float]]) -> dict[str, float]:
    return {
        name: round(statistics.median(each[name] for each in figures), 2) for name in figures[0] if name != "answers"
    }
