"""Passwords of the database's roles: made once, whole, and readable by their owner alone."""

import stat
import threading
from pathlib import Path

from tenants import bootstrap


def test_those_who_come_at_once_agree_on_one_password(tmp_path: Path) -> None:
    for round_ in range(20):
        folder, found = tmp_path / str(round_), set[str]()
        barrier = threading.Barrier(8)

        def ask(folder: Path = folder, found: set[str] = found, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            found.add(bootstrap.access("postgresql:///x", database="x", secrets_dir=folder).tenant)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 1
        files = list(folder.iterdir())
        assert len(files) == len(bootstrap.LOGINS)
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
