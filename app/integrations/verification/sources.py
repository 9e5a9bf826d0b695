"""What a contract of ours was compiled from: its own file and, followed through the imports, all others."""

import posixpath
import re
from pathlib import Path
from typing import Any

from app.integrations.chain import abi

FOLDER = abi.ARTIFACTS.parent
_IMPORT = re.compile(r"""^\s*import\s[^;"']*["']([^"']+)["']""", re.MULTILINE)


class SourcesMissing(Exception):
    """The library's sources aren't installed. Run `scripts/contracts check` once: it installs and compares them."""


def standard_json(name: str) -> dict[str, Any]:
    """Return the compiler's whole input for one contract, as the build gave it. Raises SourcesMissing."""
    made = abi.artifact(name)
    outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"]
    return {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sorted(_closure(made["sourceName"]).items())},
        "settings": {**made["settings"], "outputSelection": {"*": {"*": outputs}}},
    }


def _closure(first: str) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = [first]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found[unit] = _text(unit)
            waiting += [_resolved(unit, named) for named in _IMPORT.findall(found[unit])]
    return found


def _resolved(importer: str, named: str) -> str:
    """Return the source unit that an import names: relative to its importer, or as it stands."""
    if not named.startswith("."):
        return named
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), named))


def _text(unit: str) -> str:
    file: Path = FOLDER / "node_modules" / unit if unit.startswith("@") else FOLDER / unit
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise SourcesMissing(f"{unit} is not installed: run scripts/contracts check once.") from None
