"""What the batteries counted: printed at the end of the run, so that a battery that shrank is seen."""

import json
import os
import tempfile
from pathlib import Path

_HERE: dict[str, int] = {}


def count(what: str, number: int = 1) -> None:
    """Add `number` to the count called `what`, for example "B26 SSRF: addresses refused"."""
    _HERE[what] = _HERE.get(what, 0) + number
    _own().write_text(json.dumps(_HERE))


def begin() -> None:
    """Make the folder that all processes of this run share; the first one to ask decides which."""
    if "PORTICO_TALLY" not in os.environ:
        os.environ["PORTICO_TALLY"] = tempfile.mkdtemp(prefix="portico-tally-")


def totals() -> dict[str, int]:
    """Return every count of this run, of all its processes, in alphabetical order."""
    total: dict[str, int] = {}
    for file in sorted(_folder().glob("*.json")):
        for what, number in json.loads(file.read_text()).items():
            total[what] = total.get(what, 0) + number
    return dict(sorted(total.items()))


def _folder() -> Path:
    return Path(os.environ["PORTICO_TALLY"])


def _own() -> Path:
    return _folder() / f"{os.getpid()}.json"
