"""The programs beside database and chain: the preparation, the signer, the web server, the worker."""

import http.client
import os
import shutil
import sys
import time
from pathlib import Path

from app.embedded.binaries import CHECKOUT
from app.embedded.errors import ChildFailed
from app.embedded.home import Home
from app.embedded.options import Options
from app.embedded.processes import spawn, tail
from app.embedded.supervisor import Program

METRICS = "metrics"  # where all our processes count, in the home folder
_PREPARE_PATIENCE = 600.0  # seconds


def environment(options: Options) -> dict[str, str]:
    """What children are told: ours, and where the installation's settings lie."""
    return {
        **os.environ,
        "PORTICO_HOME": str(options.home.absolute()),
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(options.home.absolute() / METRICS),
    }


def begin_counting(home: Home) -> None:
    """Make the folder in which processes count anew: figures of processes that are gone would be kept for ever."""
    folder = home.root / METRICS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def prepare(home: Home, options: Options) -> None:
    """Run the preparation to its end, its steps shown as they go. Raises `ChildFailed` with the reason it gave."""
    log = home.log("prepare")
    log.write_bytes(b"")
    child = spawn(
        "preparation",
        [sys.executable, "-m", "app.embedded.prepare"],
        log=log,
        cwd=CHECKOUT,
        env=environment(options),
        show=True,
    )
    try:
        code = child.process.wait(_PREPARE_PATIENCE)
    finally:
        child.stop(patience=5)
    if code != 0:
        raise ChildFailed(f"{tail(log, 1)}\nNothing was started. Details: {log}")


def web(home: Home, options: Options) -> Program:
    """The web server: granian with a few processes; ready when it answers anything at all."""
    command: list[str | Path] = [sys.executable, "-m", "granian", "wsgi:application", "--interface", "wsgi"]
    command += ["--host", options.host, "--port", str(options.port), "--no-ws", "--blocking-threads", "4"]
    command += ["--workers", str(options.web_workers), "--respawn-failed-workers", "--workers-kill-timeout", "5s"]
    return Program(
        name="web server",
        command=command,
        log=home.log("web"),
        cwd=CHECKOUT,
        env=environment(options),
        ready=lambda: _answers(options),
    )


def worker(home: Home, options: Options) -> Program:
    """The worker; its jobs wait in the database while it is away, so there is nothing to wait for."""
    begin = time.monotonic()
    return Program(
        name="worker",
        command=[sys.executable, "-m", "app", "worker"],
        log=home.log("worker"),
        cwd=CHECKOUT,
        env=environment(options),
        ready=lambda: time.monotonic() > begin,
    )


def signer(home: Home, options: Options) -> Program:
    """The signer: it alone has keys. What it is asked waits in the database, so there is nothing to wait for."""
    return Program(
        name="signer",
        command=[sys.executable, "-m", "app.signer"],
        log=home.log("signer"),
        cwd=CHECKOUT,
        env=environment(options),
    )


def _answers(options: Options) -> bool:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104
    connection = http.client.HTTPConnection(address, options.port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{options.port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
