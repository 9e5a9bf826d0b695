"""The catalogues of visible text: gathered from code and templates, checked, and compiled for use.

`scripts/translations` runs this module. English is the language of the sources; every other one must be complete.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.web import catalogues_errors

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "translations"
LANGUAGES = ("ar",)
SOURCES = ("app", "themes", "tenants")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
# As our environment reads templates: a percent sign in a text is doubled before it is looked up.
READING = {"silent": "false", "newstyle_gettext": "true"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "N_": None,  # translated where it is shown
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Header lines that are placeholders or would make every update a change.
NOISE = re.compile(r'"(POT-Creation|PO-Revision|Last-Translator|Language-Team|Report-Msgid|Project-Id)')
PLACES = re.compile(r"%\((\w+)\)[sd]")


def extract() -> Catalog:
    """Return every text that code and templates ask for."""
    found = Catalog(project="Portico", charset="utf-8")
    for source in SOURCES:
        for name, line, message, comments, context in extract_from_dir(
            ROOT / source,
            METHODS,
            {"**/templates/**.html": READING, "**/templates/**.txt": READING},
            keywords=KEYWORDS,
        ):
            if source == "themes" and name.endswith("gallery.html"):
                continue
            found.add(message, None, [(f"{source}/{name}", line)], auto_comments=comments, context=context)
    for file, line, sentence in catalogues_errors.gather(ROOT, SOURCES):
        found.add(sentence, None, [(file, line)])
    return found


def path(language: str) -> Path:
    """Return where a language's catalogue lies."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue; an empty one when there is none yet."""
    if not path(language).exists():
        return Catalog(locale=language, project="Portico", charset="utf-8")
    return read_po(BytesIO(path(language).read_bytes()), locale=language)


def update(language: str) -> Catalog:
    """Bring a catalogue in line with the sources and write it: new texts come in empty, unused ones go."""
    catalogue = read(language)
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path(language).parent.mkdir(parents=True, exist_ok=True)
    catalogue.header_comment = (
        f"# The texts of Portico in {catalogue.locale.english_name if catalogue.locale else language}."
    )
    catalogue.fuzzy = False
    text = BytesIO()
    write_po(text, catalogue, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    kept = [line for line in text.getvalue().decode().splitlines() if not NOISE.match(line)]
    path(language).write_text("\n".join(kept) + "\n", "utf-8")
    return catalogue


def compile_stale() -> None:
    """Compile each catalogue that changed since it was compiled last; safe while others do the same."""
    for language in LANGUAGES:
        source, target = path(language), path(language).with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        unfinished = target.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("wb") as file:
            write_mo(file, read(language))
        unfinished.replace(target)


def problems(language: str) -> Iterator[str]:
    """Yield what a catalogue lacks: texts missing, empty, doubtful, or with other placeholders than their source."""
    catalogue = read(language)
    for wanted in extract():
        if not wanted.id:
            continue
        given = catalogue.get(_key(wanted), wanted.context)
        if given is None:
            yield f"{language}: not in the catalogue: {_key(wanted)!r}"
        elif not all(_strings(given)):
            yield f"{language}: not translated: {_key(wanted)!r}"
        elif given.fuzzy:
            yield f"{language}: doubtful: {_key(wanted)!r}"
        elif not _places_kept(wanted, given):
            yield f"{language}: other placeholders: {_key(wanted)!r}"


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def _strings(message: Message) -> tuple[str, ...]:
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return tuple(text or "" for text in texts)


def _places_kept(wanted: Message, given: Message) -> bool:
    source = {
        place
        for text in (wanted.id if isinstance(wanted.id, list | tuple) else [wanted.id])
        for place in PLACES.findall(text)
    }
    # A plural form may leave the number out ("one day"); no form may ask for what isn't given.
    used = {place for text in _strings(given) for place in PLACES.findall(text)}
    return used == source or (wanted.pluralizable and used <= source)


def main() -> int:
    """Run one of the commands; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/translations", description=__doc__)
    parser.add_argument("command", choices=("extract", "update", "compile", "check"), help="extract prints the texts")
    command = parser.parse_args().command
    if command == "extract":
        write_po(sys.stdout.buffer, extract(), width=110)
    elif command == "update":
        for language in LANGUAGES:
            empty = sum(1 for message in update(language) if message.id and not all(_strings(message)))
            print(f"{language}: {empty} texts to translate")
    elif command == "compile":
        compile_stale()
    else:
        found = [problem for language in LANGUAGES for problem in problems(language)]
        print("\n".join(found) if found else "Every catalogue is complete.")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
