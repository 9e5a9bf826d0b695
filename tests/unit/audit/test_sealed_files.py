"""A file of the sealed record shows every change by itself, and with a kept seal also that all of it was rewritten."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.core import clock
from app.modules.audit import cli, rules, rules_sealed
from tests.support import tally

ROOT = Path(__file__).resolve().parents[3]
Lines = list[str]


def written(count: int = 6, *, word: str = "act", tenant: str = "t1", first: int = 1) -> Lines:
    """Return a genuine file of `count` entries, from entry `first` on."""
    previous, lines, kept = rules.GENESIS, [], rules.GENESIS
    for number in range(1, first + count):
        entry = {"tenant": tenant, "id": str(number), "action": f"{word}.{number}", "after": {"name": "صندوق €"}}
        kept, previous = previous if number == first else kept, rules.link(previous, entry)
        if number >= first:
            lines.append(rules_sealed.entry_line(rules_sealed.Sealed(number, previous, entry)))
    top = rules_sealed.head_line(tenant=tenant, site="acme", first=first, previous=kept, at=clock.now())
    return [top, *lines, rules_sealed.end_line(entries=count, head=previous)]


def changed(lines: Lines, at: int, **values: Any) -> Lines:
    said = json.loads(lines[at])
    target = said["entry"] if "entry" in said and not values.keys() <= said.keys() else said
    target.update(values)
    return [*lines[:at], json.dumps(said) + "\n", *lines[at + 1 :]]


def resealed(lines: Lines, at: int) -> Lines:
    """Give the entry at a line the hash that fits it, as a careful forger would."""
    said, before = json.loads(lines[at]), json.loads(lines[at - 1])
    previous = bytes.fromhex(before["hash"] if "hash" in before else before["previous"])
    return changed(lines, at, hash=rules.link(previous, said["entry"]).hex())


TAMPERED: dict[str, Callable[[Lines], Lines]] = {
    "a value was changed": lambda lines: changed(lines, 3, action="forged"),
    "a value was changed and its hash made to fit": lambda lines: resealed(changed(lines, 3, action="forged"), 3),
    "the last entry was changed and its hash made to fit": lambda lines: resealed(changed(lines, 6, action="x"), 6),
    "a value was added": lambda lines: changed(lines, 2, before={"a": "b"}),
    "a hash was changed": lambda lines: changed(lines, 2, hash="00" * 32),
    "a number was changed": lambda lines: changed(lines, 2, number=9),
    "an entry was removed": lambda lines: lines[:3] + lines[4:],
    "the first entry was removed": lambda lines: lines[:1] + lines[2:],
    "the last entry was removed": lambda lines: lines[:6] + lines[7:],
    "the last entry was removed and the count made to fit": lambda lines: changed(lines[:6] + lines[7:], 6, entries=5),
    "an entry stands twice": lambda lines: [*lines[:4], lines[3], *lines[4:]],
    "an entry was inserted": lambda lines: [*lines[:3], written(word="other")[3], *lines[3:]],
    "an entry of another site was inserted": lambda lines: [*lines[:3], written(tenant="t2")[3], *lines[4:]],
    "two entries changed places": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "two entries changed places and numbers": lambda lines: changed(
        changed([*lines[:2], lines[3], lines[2], *lines[4:]], 2, number=2), 3, number=3
    ),
    "the file was cut off": lambda lines: lines[:-1],
    "the file was cut off in a line": lambda lines: [*lines[:-2], lines[-2][:40]],
    "the file is empty": lambda _lines: [],
    "something was added behind the end": lambda lines: [*lines, lines[3]],
    "two files were joined": lambda lines: lines[:-1] + written()[1:],
    "the beginning says another number": lambda lines: changed(lines, 0, first=2),
    "the beginning names another link": lambda lines: changed(lines, 0, previous="11" * 32),
    "the beginning names another site": lambda lines: changed(lines, 0, tenant="t2"),
    "the newest seal was changed": lambda lines: [*lines[:-1], rules_sealed.end_line(entries=6, head=b"2" * 32)],
    "a line is no JSON": lambda lines: [*lines[:2], "hello\n", *lines[2:]],
    "a line is something else": lambda lines: [*lines[:2], "[1]\n", *lines[2:]],
    "an entry has one more field": lambda lines: [*lines[:2], lines[2].replace('{"e', '{"more":1,"e', 1), *lines[3:]],
}  # fmt: skip


def test_a_genuine_file_holds_and_names_its_newest_seal() -> None:
    lines = written()
    verdict = rules_sealed.verify(lines)
    assert (verdict.holds, verdict.first, verdict.last, verdict.entries) == (True, 1, 6, 6)
    assert verdict.head == json.loads(lines[-1])["head"]


@pytest.mark.parametrize("how", TAMPERED)
def test_every_way_to_tamper_with_a_file_is_seen(how: str) -> None:
    verdict = rules_sealed.verify(TAMPERED[how](written()))
    assert verdict.problem, how
    tally.count("Record: ways to tamper with a sealed file that are seen")


def test_a_record_that_was_rewritten_as_a_whole_is_seen_with_a_seal_that_was_kept() -> None:
    kept = json.loads(written()[4])
    forged = written(word="forged")
    assert rules_sealed.verify(forged).holds, "by itself a new chain is as good as the old one"
    assert "rewritten" in rules_sealed.verify(forged, {kept["number"]: kept["hash"]}).problem
    assert rules_sealed.verify(written(), {kept["number"]: kept["hash"].upper()}).holds
    assert "isn't in the file" in rules_sealed.verify(written(), {99: kept["hash"]}).problem


def test_a_part_of_the_record_is_a_file_too() -> None:
    verdict = rules_sealed.verify(written(4, first=3))
    assert (verdict.problem, verdict.first, verdict.last) == ("", 3, 6)


def test_the_command_needs_nothing_but_the_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text("".join(written()), "utf-8")
    bad.write_text("".join(TAMPERED["an entry was removed"](written())), "utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

    command = [sys.executable, "-m", "app", "audit", "verify", str(good)]
    held = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (held.returncode, held.stderr) == (0, "")
    assert "entries 1 to 6 hold" in held.stdout
    broken = CliRunner().invoke(cli.audit, ["verify", str(bad)])
    assert broken.exit_code == 1
    assert broken.stderr.startswith("line 4: Entry 3 was expected here")
    assert CliRunner().invoke(cli.audit, ["verify", str(good), "--anchor", f"2:{'00' * 32}"]).exit_code == 1
    assert CliRunner().invoke(cli.audit, ["verify", str(good), "--anchor", "2"]).exit_code == 2
