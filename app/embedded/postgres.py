"""PostgreSQL under our own supervision: private socket, SCRAM passwords, one server a home, no orphan."""

import contextlib
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT
from types import TracebackType
from typing import Self
from urllib.parse import quote

from app.embedded import binaries, postmaster, system_user
from app.embedded.errors import PostgresFailed, SetupError
from app.embedded.home import Home, short_dir
from app.embedded.processes import Child, User, spawn, tail

SUPERUSER = "postgres"
_PATIENCE = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class Postgres:
    """The embedded server of one home.

    `start()` returns the superuser's URL once connections are accepted, however long crash recovery takes;
    `stop()` is a fast, clean shutdown. The server ends with the thread that started it. Raises `AlreadyRunning`
    for a second copy and `PostgresFailed` with the log's last lines.
    """

    name = "database"

    def __init__(self, home: Home, settings: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._settings = {**_SETTINGS, **(settings or {})}
        self._held = contextlib.ExitStack()
        self._child: Child | None = None
        self._run = Path()
        self._log = home.log("postgres")

    @property
    def admin_url(self) -> str:
        """The superuser's libpq URL of the maintenance database; valid while the server runs."""
        return self.url(SUPERUSER, self._home.secret("postgres"))

    def url(self, user: str, password: str, database: str = "postgres") -> str:
        """The libpq URL for that login over the private socket."""
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(str(self._run), safe='')}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._child.process.pid if self._child and self._child.alive() else None

    def alive(self) -> bool:
        """Whether the server still runs."""
        return self.pid is not None

    def start(self) -> str:
        """Start, or after a crash start again; returns `admin_url`."""
        if self.alive():
            return self.admin_url
        self._held.close()
        self._held.enter_context(self._home.lock("postgres", "PostgreSQL"))
        user = system_user.server_user()
        base = self._base(user)
        data = base / "data"
        self._run = short_dir(base / "run", self._home.digest, user.owner)
        bin_dir = binaries.pg_bin_dir()
        if not binaries.runs_as(bin_dir / "postgres", user):
            bin_dir = binaries.copy_postgres(bin_dir, base / "bin" / _version(bin_dir))
        made = self._home.root / "postgres" / "made"
        if data.exists():
            _require_same_major(data, bin_dir)
            postmaster.clear(data, self._run, _PATIENCE)
        elif made.exists():  # an empty database in its place would look like a loss of everything, and be one
            raise PostgresFailed(f"The database of this home is gone: {data}. Restore it, or begin with a new home.")
        else:
            self._initdb(bin_dir, data, user)
        made.touch()
        self._child = self._serve(bin_dir, data, user)
        return self.admin_url

    def stop(self) -> None:
        """Shut down cleanly, rolling back open transactions; nothing happens when it doesn't run."""
        if self._child is not None:
            self._child.stop(_PATIENCE)
            self._child = None
            with contextlib.suppress(OSError):  # it may lie outside the home, and the next start makes it again
                self._run.rmdir()
        self._held.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _base(self, user: User) -> Path:
        """The folder for cluster, socket and copied programs: in the home, or, where root's server user can't
        enter the home (it lies under /root, say), under /var/lib. No parent folder's mode is touched."""
        inside = self._home.root / "postgres"
        if not inside.exists():
            inside.mkdir()
            inside.chmod(0o711)
        if system_user.can_enter(inside, user):
            return inside
        marker = inside / "lies-in"
        if not marker.exists():
            marker.write_text(f"/var/lib/portico/{uuid.uuid4().hex}")
        outside = Path(marker.read_text().strip())
        for folder in (outside.parent, outside):
            if not folder.exists():
                folder.mkdir()
                folder.chmod(0o711)  # whatever our umask: the server's user has to pass
        if not system_user.can_enter(outside, user):
            raise SetupError(f"The user {user.name} cannot enter {outside}, where its database would lie.")
        return outside

    def _initdb(self, bin_dir: Path, data: Path, user: User) -> None:
        unfinished = data.with_name("data.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, user.owner, -1)
        command = [bin_dir / "initdb", "-D", unfinished, "-U", SUPERUSER, "-E", "UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256"]
        password = self._run / "superuser"  # a file, for root's pipes can't be opened by another user
        password.touch(mode=0o600)
        os.chown(password, user.owner, -1)
        password.write_text(self._home.secret("postgres"))
        command += [f"--pwfile={password}", "--no-instructions"]
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            cwd="/",
            check=False,
            **user.popen,  # type: ignore[call-overload]
        )
        password.unlink()
        if done.returncode != 0:
            self._log.write_bytes(done.stdout + done.stderr)
            raise PostgresFailed(f"PostgreSQL could not create its files in {data}; {self._log} says why.")
        unfinished.replace(data)

    def _serve(self, bin_dir: Path, data: Path, user: User) -> Child:
        command: list[str | Path] = [bin_dir / "postgres", "-D", data]
        for name, value in {**self._settings, "unix_socket_directories": str(self._run)}.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's fast shutdown: as a death signal it makes a killed parent a clean stop.
        child = spawn("postgres", command, log=self._log, user=user, stop_signal=SIGINT)
        while not postmaster.ready(data, child.process.pid):
            if not child.alive():
                raise PostgresFailed(f"PostgreSQL did not start. Its log ({self._log}) ends:\n{tail(self._log)}")
            time.sleep(0.02)
        return child


def _version(bin_dir: Path) -> str:
    answer = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.split()[-1]


def _require_same_major(data: Path, bin_dir: Path) -> None:
    made_by, here = (data / "PG_VERSION").read_text().strip(), _version(bin_dir).split(".")[0]
    if made_by != here:
        raise SetupError(
            f"The database in {data} was made by PostgreSQL {made_by}; this is {here}. Dump it with the old one."
        )
