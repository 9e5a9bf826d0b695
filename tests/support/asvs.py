"""Which test shows which requirement of OWASP ASVS 5.0: `asvs.txt` says it, and `docs/asvs.md` is drawn from it.

`python -m tests.support.asvs` draws the page anew.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LISTED = Path(__file__).with_suffix(".txt")
PAGE = CHECKOUT / "docs" / "asvs.md"
REQUIREMENTS = 253  # of levels 1 and 2 in version 5.0.0
KINDS = {
    "by design": "hold by design, and say why",
    "written": "are answered by a page",
    "elsewhere": "are the operator's part",
    "not ours": "are about something we don't have",
    "open": "aren't met, or not wholly",
}
CHAPTERS = {
    "1": "Encoding and cleaning", "2": "Validation and business rules", "3": "Pages in browsers", "4": "Interfaces",
    "5": "Files", "6": "Who it is", "7": "Sessions", "8": "Who may", "9": "Tokens that speak for themselves",
    "10": "OAuth and OpenID Connect", "11": "Cryptography", "12": "Transport", "13": "Configuration", "14": "Data",
    "15": "Code and libraries", "16": "Logs and errors", "17": "WebRTC",
}  # fmt: skip


@dataclass(frozen=True)
class Requirement:
    """A requirement in our words, and the tests that show it, or one of KINDS with a reason."""

    number: str
    level: str
    words: str
    tests: tuple[str, ...]
    kind: str
    reason: str


def requirements() -> list[Requirement]:
    """Return every requirement, in the order of the standard."""
    lines = [line for line in LISTED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [_read(*line.split(" | ")) for line in lines]


def _read(number: str, level: str, words: str, shown: str) -> Requirement:
    kind, _, reason = shown.partition(": ")
    if kind in KINDS:
        return Requirement(number, level, words, (), kind, reason)
    return Requirement(number, level, words, tuple(shown.split()), "tested", "")


def places() -> dict[str, list[str]]:
    """Return test name → the files that have a test of this name."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((CHECKOUT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^ *def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE):
            found[name].append(str(file.relative_to(CHECKOUT / "tests")))
    return found


def drawn() -> str:
    """Return the page."""
    listed, where = requirements(), places()
    kinds = Counter(one.kind for one in listed)
    different = len({test for one in listed for test in one.tests})
    lines = [
        "# What OWASP ASVS 5.0 asks for, and what shows it",
        "",
        "Every requirement of levels 1 and 2 of the Application Security Verification Standard 5.0.0, in our words:",
        "the tests that show it, or why there is none. Drawn from `tests/support/asvs.txt` by",
        "`python -m tests.support.asvs`; a test fails if this page is old or names a test that isn't there.",
        "",
        "| of | requirements | |",
        "| --- | --- | --- |",
        f"| {kinds['tested']} | are shown by tests | {different} different ones |",
        *(f"| {kinds[kind]} | {words} | *{kind}* |" for kind, words in KINDS.items()),
    ]
    chapter = ""
    for one in listed:
        if (begins := one.number.partition(".")[0]) != chapter:
            chapter = begins
            lines += [
                "",
                f"## {chapter} {CHAPTERS[chapter]}",
                "",
                "| no. | level | about | shown by |",
                "| --- | --- | --- | --- |",
            ]
        lines.append(f"| {one.number} | {one.level} | {one.words} | {_shown(one, where)} |")
    return "\n".join(lines) + "\n"


def _shown(one: Requirement, where: dict[str, list[str]]) -> str:
    if not one.tests:
        return f"*{one.kind}*: {one.reason}" if one.reason else f"*{one.kind}*"
    return "<br>".join(f"`{where.get(test, ['?'])[0].removesuffix('.py')}` {_sentence(test)}" for test in one.tests)


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(drawn(), "utf-8")
