"""Plant each fault of `defects.toml` in a copy of the checkout and see the named test go red.

`python -m tests.defects.run [NAME…]` plants those alone. It ends with 1 if a fault was not seen, if its place in the
source is gone, or if a named test is red without any fault.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LINKED = (".venv", "node_modules", "contracts/node_modules")
LEFT_OUT = shutil.ignore_patterns(
    *[".venv", "node_modules", ".git", ".state", "__pycache__", ".*_cache", ".hypothesis", "out", "cache"]
)
PATIENCE = 600.0  # seconds for one test file


@dataclass(frozen=True)
class Defect:
    """A fault: in `file`, `find` (which stands there once) becomes `put`; `test` must see it."""

    name: str
    file: str
    find: str
    put: str
    test: str


def defects() -> list[Defect]:
    """Return every fault of the list. Raises TypeError where one lacks something."""
    listed = tomllib.loads(Path(__file__).with_name("defects.toml").read_text())["defect"]
    return [Defect(**one) for one in listed]


def main(names: Sequence[str]) -> int:
    """Plant the faults with these names, or all; return the exit code."""
    listed = defects()
    unknown = set(names) - {one.name for one in listed}
    if unknown:
        print(f"No fault is called {', '.join(sorted(unknown))}. The names stand in tests/defects/defects.toml.")
        return 2
    chosen = [one for one in listed if not names or one.name in names]
    with tempfile.TemporaryDirectory(prefix="portico-defects-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(CHECKOUT, copy, ignore=LEFT_OUT, symlinks=True)
        Path(folder).chmod(0o755)
        for link in LINKED:
            if (CHECKOUT / link).exists():
                (copy / link).symlink_to(CHECKOUT / link)
        healthy = tests(copy, sorted({one.test for one in chosen}))
        if healthy.returncode != 0:
            print(healthy.stdout[-4000:], "\nThe tests are red without any fault.", sep="")
            return 1
        missed = [one for one in chosen if not is_seen(copy, one)]
    print(f"\n{len(chosen) - len(missed)} of {len(chosen)} planted faults were seen by the test that names them.")
    return 1 if missed else 0


def is_seen(copy: Path, defect: Defect) -> bool:
    """Plant a fault, run its test, take the fault out again, and tell whether the test failed."""
    place = copy / defect.file
    source = place.read_text()
    if source.count(defect.find) != 1:
        print(f"lost    {defect.name}: its place in {defect.file} stands there {source.count(defect.find)} times")
        return False
    begin = time.monotonic()
    place.write_text(source.replace(defect.find, defect.put))
    try:
        run = tests(copy, [defect.test])
    finally:
        place.write_text(source)
    # 1 is a test that failed; anything else is a run that could not even begin, which proves nothing.
    seen = run.returncode == 1 and "failed" in run.stdout.splitlines()[-1]
    print(f"{'seen' if seen else 'MISSED':<7} {defect.name} ({time.monotonic() - begin:.0f} s)", flush=True)
    if not seen:
        print(run.stdout[-2000:])
    return seen


def tests(copy: Path, chosen: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run tests of the copy and return what they said."""
    command = [copy / ".venv/bin/python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen]
    environment = {name: value for name, value in os.environ.items() if name not in ("PORTICO_DEEP", "PORTICO_TALLY")}
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
