"""PgBouncer in transaction mode before the run's PostgreSQL, where the machine has it (as Debian's `pgbouncer`)."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from app.config import Settings
from app.embedded.ports import free_port, is_free
from app.embedded.processes import spawn, tail
from tenants.session import Urls

_PATIENCE = 20.0


def is_there() -> bool:
    """Tell whether this machine has PgBouncer."""
    return _program() is not None


@contextmanager
def running(settings: Settings, folder: Path, *, connections: int) -> Iterator[Urls]:
    """Start it with so many connections to the server for each role; yield the addresses that lead through it."""
    port, own = free_port(), {"tenant": make_url(settings.tenant_url), "platform": make_url(settings.platform_url)}
    server, database = own["tenant"], own["tenant"].database
    host = server.host or server.query["host"]
    names = "".join(f'"{url.username}" "{url.password}"\n' for url in own.values())
    (folder / "users").write_text(names)
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{database} = host={host} port={server.port or 5432} dbname={database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\nauth_file = {folder}/users\n"
        f"pool_mode = transaction\ndefault_pool_size = {connections}\nunix_socket_dir =\nserver_idle_timeout = 5\n"
    )
    _open_to_all(folder)
    user = Path(host).owner() if str(host).startswith("/") else "nobody"  # who may pass the server's private socket
    command = [_program() or "", *(["-u", user] if os.getuid() == 0 else []), str(folder / "pgbouncer.ini")]
    child = spawn("pgbouncer", command, log=folder / "log", cwd=folder)
    try:
        deadline = time.monotonic() + _PATIENCE
        while is_free(port):
            assert child.alive(), tail(folder / "log", 20)
            assert time.monotonic() < deadline, tail(folder / "log", 20)
            time.sleep(0.05)
        yield Urls(**{role: _through(url, port) for role, url in own.items()}, pooled=True)
    finally:
        child.stop(10)


def _through(url: URL, port: int) -> str:
    return url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)


def _open_to_all(folder: Path) -> None:
    """Let a user without rights read what it needs: it is no root that runs."""
    for file in folder.iterdir():
        file.chmod(0o644)
    for above in (folder, *list(folder.parents)[:2]):
        above.chmod(above.stat().st_mode | 0o055)


def _program() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
