"""What the environment says about this start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.embedded.binaries import CHECKOUT
from app.embedded.errors import SetupError


@dataclass(frozen=True)
class Options:
    """The settings of one start, as `scripts/up --help` lists them; empty addresses mean: use what comes along."""

    home: Path
    host: str
    port: int
    database_url: str
    rpc_url: str
    web_workers: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> "Options":
        """The options in `environ`. Raises `SetupError` naming a setting that makes no sense."""
        return cls(
            home=Path(environ.get("PORTICO_HOME") or CHECKOUT / ".state"),
            host=environ.get("HOST") or "127.0.0.1",
            port=_number(environ, "PORT", 8000, 65535),
            database_url=environ.get("DATABASE_URL", ""),
            rpc_url=environ.get("RPC_URL", ""),
            web_workers=_number(environ, "WEB_WORKERS", 2, 256),
        )


def _number(environ: Mapping[str, str], name: str, default: int, highest: int) -> int:
    given = environ.get(name) or str(default)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= highest:
        raise SetupError(f"{name} is {given!r}; it must be a number from 1 to {highest}.")
    return int(given)
