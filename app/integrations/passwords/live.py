"""The known passwords of npm's `@zxcvbn-ts/language-common` (MIT), kept as the sorted first bytes of their SHA-256.

The package is installed at set-up; what is made of it stands in the home folder, so nothing of it is in the source.
"""

import array
import hashlib
import json
import logging
import sys
from bisect import bisect_left
from pathlib import Path

FILE = "passwords.bin"  # in the home folder
log = logging.getLogger("portico.passwords")
ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "node_modules" / "@zxcvbn-ts" / "language-common" / "src" / "passwords.json"


class HashedList:
    """A list of hashes in memory: eight bytes a password."""

    def __init__(self, hashes: "array.array[int]") -> None:
        self._hashes = hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def holds(self, password: str) -> bool:
        """Tell whether this very text, in lower case, is on the list; wrong for one text in 10^14."""
        wanted = _hash(password.lower())
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted


def build(target: Path, *, source: Path = SOURCE) -> int:
    """Write the list into the file `target` and return how many passwords it holds; nothing without the package."""
    if not source.exists():
        log.warning("no list of known passwords: %s is missing", source.name)
        return 0
    hashes = sorted({_hash(str(word).lower()) for word in json.loads(source.read_text("utf-8"))})
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = array.array("Q", hashes)
    if sys.byteorder == "big":
        kept.byteswap()
    unfinished = target.with_suffix(".new")
    unfinished.write_bytes(kept.tobytes())
    unfinished.replace(target)
    return len(hashes)


def load(target: Path) -> HashedList:
    """Return the list in the file `target`, making it first where it isn't there yet."""
    if not target.exists():
        build(target)
    hashes: array.array[int] = array.array("Q")
    if target.exists():
        hashes.frombytes(target.read_bytes())
        if sys.byteorder == "big":
            hashes.byteswap()
    return HashedList(hashes)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
