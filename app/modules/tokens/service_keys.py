"""The keys that sign access tokens: one file in the home folder, shared by the installation's processes."""

import json
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from app.modules.tokens import rules

FILE = "secrets/token-keys.json"
_lock = threading.Lock()
_known: dict[Path, tuple[int, "Ring"]] = {}


@dataclass(frozen=True)
class Ring:
    """The keys of an installation by id. New tokens are signed with `current`; the others only verify."""

    current: str
    keys: dict[str, OKPKey]
    retired: dict[str, datetime]

    def verifying(self, kid: str, now: datetime) -> OKPKey | None:
        """Return the key of that id, unless it was retired so long ago that nothing it signed can be valid."""
        at = self.retired.get(kid)
        return None if at is not None and now - at > rules.ACCESS_FOR + rules.LEEWAY else self.keys.get(kid)


def ring(home: Path) -> Ring:
    """Return the installation's keys, made at first need; read anew when another process has changed them."""
    file = home / FILE
    with _lock:
        if not file.exists():
            _write(file, {"current": (kid := _kid()), "keys": {kid: _fresh()}}, new=True)
        changed = file.stat().st_mtime_ns
        known = _known.get(file)
        if known is None or known[0] != changed:
            known = _known[file] = (changed, _read(file))
    return known[1]


def rotate(home: Path, now: datetime) -> str:
    """Sign with a fresh key from now on and return its id. What the old ones signed stays valid until it expires."""
    old = ring(home)
    kid, said = _kid(), json.loads((home / FILE).read_text())
    alive = {name: key for name, key in said["keys"].items() if old.verifying(name, now)}
    retired = {name: at for name, at in said.get("retired", {}).items() if name in alive}
    _write(
        home / FILE,
        {"current": kid, "keys": {**alive, kid: _fresh()}, "retired": {**retired, old.current: now.isoformat()}},
    )
    return kid


def _kid() -> str:
    return secrets.token_hex(8)


def _fresh() -> dict[str, Any]:
    return dict(OKPKey.generate_key("Ed25519").as_dict(private=True))


def _read(file: Path) -> Ring:
    said = json.loads(file.read_text())
    keys = {kid: OKPKey.import_key(key) for kid, key in said["keys"].items()}
    retired = {kid: datetime.fromisoformat(at) for kid, at in said.get("retired", {}).items()}
    return Ring(said["current"], keys, retired)


def _write(file: Path, said: dict[str, Any], *, new: bool = False) -> None:
    """Put the file in place at once, readable by its owner alone; `new` leaves one that is there already."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as draft:
        json.dump(said, draft)
    try:
        if new:
            os.link(name, file)
        else:
            os.replace(name, file)
    except FileExistsError:
        return
    finally:
        Path(name).unlink(missing_ok=True)
