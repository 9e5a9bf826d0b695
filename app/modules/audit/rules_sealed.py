"""The sealed record as a file: one JSON object a line, checked by anybody with nothing but the file. Pure.

First line: what it is, whose, and the link before its first entry. Then one line for each sealed entry, in the order
of sealing. Last line: how many there were and the newest link. A file that was cut off has no last line.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.modules.audit.rules import GENESIS, link

FORMAT = "portico-record/1"
_FIELDS = {"number", "hash", "entry"}


@dataclass(frozen=True)
class Sealed:
    """One link with the entry it is about, as it is hashed."""

    number: int
    hash: bytes
    entry: Mapping[str, Any]


@dataclass
class Verdict:
    """What a file proves. `problem` is empty where it holds; `line` counts from 1."""

    tenant: str = ""
    site: str = ""
    first: int = 0
    last: int = 0
    head: str = ""
    line: int = 0
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.problem

    @property
    def entries(self) -> int:
        return self.last - self.first + 1 if self.first else 0


class _Broken(Exception):
    """The file doesn't hold; the sentence says where."""


def head_line(*, tenant: str, site: str, first: int, previous: bytes, at: datetime) -> str:
    """Return the first line of a file."""
    said = {"format": FORMAT, "tenant": tenant, "site": site, "first": first, "previous": previous.hex()}
    return _line({**said, "exported_at": at.astimezone(UTC).isoformat()})


def entry_line(sealed: Sealed) -> str:
    """Return the line of one entry."""
    return _line({"number": sealed.number, "hash": sealed.hash.hex(), "entry": sealed.entry})


def end_line(*, entries: int, head: bytes) -> str:
    """Return the last line of a file."""
    return _line({"end": True, "entries": entries, "head": head.hex()})


def verify(lines: Iterable[str], anchors: Mapping[int, str] | None = None) -> Verdict:
    """Return whether nothing in the file was changed, removed, inserted or moved.

    `anchors` are links that were kept elsewhere (number → hash in hexadecimal): they show a record that was rewritten
    as a whole, which no chain can show by itself.
    """
    verdict = Verdict()
    try:
        _walk(verdict, iter(lines), anchors or {})
    except _Broken as broken:
        verdict.problem = str(broken)
    return verdict


def _walk(verdict: Verdict, lines: Iterator[str], anchors: Mapping[int, str]) -> None:
    previous, expected = _begin(verdict, _next(verdict, lines))
    wanted = {number: hash_.lower() for number, hash_ in anchors.items()}
    while True:
        said = _next(verdict, lines)
        if said.get("end") is True:
            break
        previous = _link(verdict, said, previous, expected)
        verdict.first = verdict.first or expected
        verdict.last, expected = expected, expected + 1
        if wanted.get(verdict.last, previous.hex()) != previous.hex():
            raise _Broken(
                f"Entry {verdict.last} has another hash than the one that was kept: the record was rewritten."
            )
        wanted.pop(verdict.last, None)
    if said.get("entries") != verdict.entries or said.get("head") != previous.hex():
        raise _Broken("The last line doesn't fit the entries: some at the end were removed or added.")
    if any(line.strip() for line in lines):
        raise _Broken("Something stands behind the last line.")
    if wanted:
        raise _Broken(f"Entry {min(wanted)}, whose hash was kept, isn't in the file.")
    verdict.head = previous.hex()


def _begin(verdict: Verdict, said: Mapping[str, Any]) -> tuple[bytes, int]:
    if said.get("format") != FORMAT:
        raise _Broken("This isn't a sealed record: the first line doesn't say so.")
    try:
        previous, first = bytes.fromhex(said["previous"]), int(said["first"])
        verdict.tenant, verdict.site = str(said["tenant"]), str(said["site"])
    except (KeyError, TypeError, ValueError):
        raise _Broken("The first line is incomplete.") from None
    if len(previous) != len(GENESIS) or first < 1 or (first == 1) != (previous == GENESIS):
        raise _Broken("The first line doesn't name the link before the first entry.")
    return previous, first


def _link(verdict: Verdict, said: Mapping[str, Any], previous: bytes, expected: int) -> bytes:
    entry = said.get("entry")
    if said.keys() != _FIELDS or not isinstance(entry, dict):
        raise _Broken("This line isn't an entry.")
    if said["number"] != expected:
        raise _Broken(f"Entry {expected} was expected here: entries were removed, inserted or moved.")
    if entry.get("tenant") != verdict.tenant:
        raise _Broken(f"Entry {expected} belongs to another site.")
    current = link(previous, entry)
    if current.hex() != said["hash"]:
        raise _Broken(f"Entry {expected} doesn't fit its hash: it, or one before it, was changed.")
    return current


def _next(verdict: Verdict, lines: Iterator[str]) -> dict[str, Any]:
    verdict.line += 1
    try:
        said = json.loads(next(lines))
    except StopIteration:
        raise _Broken("The file ends too early: its last line is missing.") from None
    except (ValueError, RecursionError):
        raise _Broken("This line isn't JSON.") from None
    if not isinstance(said, dict):
        raise _Broken("This line isn't a JSON object.")
    return said


def _line(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
