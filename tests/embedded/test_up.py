"""The whole installation as a newcomer starts it: one command, its promises and its refusals."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from app.embedded.ports import free_port
from tests.embedded.conftest import CHECKOUT, kill, wait_until


def below(parent: int) -> list[tuple[int, list[bytes]]]:
    """The children of a process: id and command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append((int(entry.name), (entry / "cmdline").read_bytes().split(b"\0")))
    return found


PARTS = {"web", "worker", "signer", "postgres", "chain"}


class Installation:
    """One home and the process that runs it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.process: subprocess.Popen[str] | None = None

    def launch(self, **env: str) -> subprocess.Popen[str]:
        said = {**os.environ, "PORTICO_HOME": str(self.home), "PORT": str(self.port), "WEB_WORKERS": "1", **env}
        return subprocess.Popen(
            [sys.executable, "-m", "app.embedded.up"],
            cwd=CHECKOUT,
            env=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def up(self) -> str:
        """Start and return what was printed until it was ready."""
        self.process = self.launch()
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            printed += line
            if line.startswith("Portico is ready"):
                return printed
        self.process.communicate()
        raise AssertionError(printed)

    def get(self, host: str = "acme.localhost", path: str = "/") -> int:
        """The status of a page; 0 when nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """The processes right below the supervisor: name → id."""
        assert self.process is not None
        kinds = {
            b"granian": "web",
            b"worker": "worker",
            b"app.signer": "signer",
            b"-D": "postgres",
            b"--chain-id": "chain",
        }
        found = {}
        for pid, words in below(self.process.pid):
            found.update({name: pid for word, name in kinds.items() if word in words})
        return found

    def down(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="portico-test-") as folder:
        Path(folder).chmod(0o755)  # pytest's own are closed, and root's database would lie elsewhere
        made = Installation(Path(folder) / "home", free_port())
        made.up()
        yield made
        if made.process is not None and made.process.poll() is None:
            made.down()


def await_answer(installation: Installation) -> None:
    wait_until(lambda: installation.get() == 200, 60)


def test_both_demo_sites_answer_and_an_unknown_host_does_not(installation: Installation) -> None:
    assert installation.get("acme.localhost") == 200
    assert installation.get("zeta.localhost") == 200
    assert installation.get("nobody.localhost") == 404


@pytest.mark.parametrize("part", ["web", "worker", "signer", "postgres", "chain"])
def test_a_killed_part_comes_back(installation: Installation, part: str) -> None:
    wait_until(lambda: set(installation.children()) == PARTS, 60)  # losing the database may have ended others
    before = installation.children()
    kill(before[part])
    wait_until(lambda: installation.children().get(part, before[part]) != before[part], 60)
    await_answer(installation)


def test_a_killed_process_behind_the_web_server_comes_back(installation: Installation) -> None:
    wait_until(lambda: "web" in installation.children(), 60)
    server = installation.children()["web"]
    serving = [pid for pid, words in below(server) if b"resource_tracker" not in b" ".join(words)]
    for pid in serving:
        kill(pid)
    await_answer(installation)
    assert installation.children()["web"] == server


def test_a_second_copy_of_the_same_home_is_refused_in_a_sentence(installation: Installation) -> None:
    second = installation.launch(PORT=str(free_port()))
    output, _ = second.communicate(timeout=60)
    assert output.startswith("Portico is already running from ")
    assert second.returncode == 1


def test_stopping_ends_every_child_and_the_next_start_is_quick_with_the_same_data(installation: Installation) -> None:
    wait_until(lambda: set(installation.children()) == PARTS, 60)
    children = installation.children()
    secret = (installation.home / "secrets" / "secret_key").read_text()
    assert installation.down(signal.SIGINT) == 0
    assert not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()]
    begin = time.monotonic()
    printed = installation.up()
    took = time.monotonic() - begin
    assert installation.get() == 200
    assert (installation.home / "secrets" / "secret_key").read_text() == secret
    assert took < 30, printed  # below eight where nothing else runs


def test_after_a_killed_supervisor_the_next_start_works(installation: Installation) -> None:
    wait_until(lambda: set(installation.children()) == PARTS, 60)
    children = installation.children()
    assert installation.down(signal.SIGKILL) == -signal.SIGKILL
    installation.up()
    await_answer(installation)
    assert not set(children.values()) & set(installation.children().values())


def test_a_port_in_use_is_told_in_a_sentence(root: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = Installation(root / "home", port).launch()
        output, _ = refused.communicate(timeout=60)
    assert output == f"Port {port} is in use by another program; set PORT to a free one.\n"
    assert refused.returncode == 1


def test_a_chain_that_does_not_answer_is_told_in_a_sentence(root: Path) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    refused = Installation(root / "home", free_port()).launch(RPC_URL=dead)
    output, _ = refused.communicate(timeout=60)
    assert output.splitlines()[-1] == f"The chain at RPC_URL ({dead}) does not answer."
    assert refused.returncode == 1


def test_a_database_that_does_not_answer_is_told_in_a_sentence(root: Path) -> None:
    dead = f"postgresql://nobody@127.0.0.1:{free_port()}/portico"
    refused = Installation(root / "home", free_port()).launch(DATABASE_URL=dead)
    output, _ = refused.communicate(timeout=60)
    assert output.splitlines()[-1].startswith("The database at DATABASE_URL")
    assert refused.returncode == 1
