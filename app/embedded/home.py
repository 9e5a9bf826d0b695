"""PORTICO_HOME: where one installation keeps its state, its secrets and its logs."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.embedded.errors import AlreadyRunning, NotEnoughDisk, SetupError

# A unix socket's path must fit sockaddr_un (108 bytes); "/.s.PGSQL.5432" takes 14 of them.
LONGEST_SOCKET_DIR = 90


class Home:
    """The folder of one installation. Making one creates it, closed to others. Raises `SetupError` where it can't."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.logs = self.root / "logs"
        self.greeting = self.root / "greeting.txt"  # addresses and log-ins, shown when everything is up
        self._secrets = self.root / "secrets"
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's database user has to pass through
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self._secrets.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise SetupError(f"Cannot write to {self.root}: {error.strerror}.") from error

    @property
    def digest(self) -> str:
        """Ten hex digits that tell this home from others on the same machine."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:10]

    def log(self, name: str) -> Path:
        """The log file of one child; an old one over 10 MB is set aside once as `.1`."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path

    def secret(self, name: str) -> str:
        """The secret of that name (43 URL-safe characters), made at the first call, readable by us alone."""
        path = self._secrets / name
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        fresh = path.with_name(f"{name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):  # somebody was faster: theirs is the secret
            os.link(fresh, path)
        fresh.unlink()
        return path.read_text().strip()

    @contextlib.contextmanager
    def lock(self, name: str, holder: str) -> Iterator[None]:
        """Hold `name` for as long as the block runs; the kernel lets go of it when we die.

        Raises `AlreadyRunning` naming `holder` when another process has it.
        """
        with (self.root / f"{name}.lock").open("a+") as file:
            if not _locked(file.fileno()):
                file.seek(0)
                pid = file.read().strip() or "unknown"
                raise AlreadyRunning(f"{holder} is already running from {self.root} (process {pid}).")
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def require_disk(self, megabytes: int) -> None:
        """Raise `NotEnoughDisk` when less than that is free for the home."""
        free = shutil.disk_usage(self.root).free // 1_000_000
        if free < megabytes:
            raise NotEnoughDisk(f"The disk that holds {self.root} has {free} MB left and Portico needs {megabytes} MB.")


def _locked(descriptor: int) -> bool:
    deadline = time.monotonic() + 1  # a predecessor that was killed this instant holds it a little longer
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def short_dir(wanted: Path, digest: str, owner: int) -> Path:
    """`wanted`, or a private folder under the temporary one when `wanted` is too long for a socket.

    The fallback's name is the same at every start; a folder there that is not `owner`'s alone is refused.
    """
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_DIR:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(wanted, owner, -1)
        return wanted
    short = Path(tempfile.gettempdir()) / f"portico-{digest}"
    if len(os.fsencode(short)) > LONGEST_SOCKET_DIR:
        short = Path("/tmp") / short.name  # noqa: S108 - owner and mode are checked below
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, owner, -1)
    seen = short.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != owner or seen.st_mode & 0o077:
        raise SetupError(f"{short} belongs to somebody else; remove it or set TMPDIR to another folder.")
    return short
