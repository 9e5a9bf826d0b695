"""Whether anything that the preparation works from has changed since it last succeeded."""

import hashlib
import json
from pathlib import Path

import psycopg

from app.embedded.anvil_rpc import AnvilRpc
from app.embedded.binaries import CHECKOUT

_SOURCES = ("app", "tenants", "migrations", "themes", "translations", "contracts/artifacts", "requirements")
_WHO = "SELECT system_identifier, (SELECT array_agg(oid::int ORDER BY oid) FROM pg_database) FROM pg_control_system()"
_LOCK = "package-lock.json"


def fingerprint(admin_url: str, rpc_url: str, settings: Path) -> str:
    """A digest over program, database, chain and settings: name, size and time of each file, and who the servers are.

    Raises `psycopg.Error` or `ChainFailed` when a server doesn't answer.
    """
    digest = hashlib.sha256(settings.read_bytes())
    for folder in _SOURCES:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".mo"):
                seen = path.stat()
                digest.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    digest.update((CHECKOUT / _LOCK).read_bytes())
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(_WHO).fetchone()
    genesis = AnvilRpc(rpc_url).call("eth_getBlockByNumber", "0x0", False)["hash"]
    digest.update(json.dumps([row, genesis]).encode())
    return digest.hexdigest()
