"""Whom PostgreSQL runs as: itself refuses root, so root lends it a system user."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from app.embedded.processes import User

NAME = "portico-db"


def server_user() -> User:
    """As we are, or, for root, the system user `portico-db` (made at the first call; `nobody` where that fails)."""
    if os.geteuid() != 0:
        return User("us")
    return _lookup(NAME) or _created() or _lookup("nobody") or User("us")


def _lookup(name: str) -> User | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return User(name, entry.pw_uid, entry.pw_gid)


def _created() -> User | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        return None
    subprocess.run(  # noqa: S603
        [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME],
        check=False,
        capture_output=True,
    )
    return _lookup(NAME)


def can_enter(folder: Path, user: User) -> bool:
    """Whether `user` can reach `folder`, asked of the kernel and not of mode bits."""
    try:
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
            cwd="/",
            stderr=subprocess.DEVNULL,
            check=False,
            **user.popen,  # type: ignore[call-overload]
        )
    except OSError:
        return False
    return bool(done.returncode == 0)
