"""The theme packs: folders of `themes/`, each with a `theme.toml` that says what it extends."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

THEMES = Path(__file__).resolve().parents[2] / "themes"
KEYS = {"name", "summary", "extends"}


class BrokenPack(Exception):
    """A pack's `theme.toml` is missing, misspelt, or extends nothing that exists."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack; `chain` is where templates are looked up: itself first, then what it extends."""

    key: str
    name: str
    summary: str
    chain: tuple[str, ...]


@lru_cache(maxsize=4)
def load(themes: Path = THEMES) -> dict[str, Pack]:
    """Return the packs that a tenant may choose, by key. Raises BrokenPack."""
    told = {folder.name: _read(folder / "theme.toml") for folder in sorted(themes.iterdir()) if folder.is_dir()}
    return {
        key: Pack(key, values["name"], values["summary"], _chain(key, told))
        for key, values in told.items()
        if "extends" in values
    }


def _read(path: Path) -> dict[str, str]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BrokenPack(f"{path}: {error}") from error
    unknown, missing = set(values) - KEYS, {"name", "summary"} - set(values)
    if unknown or missing or not all(isinstance(value, str) for value in values.values()):
        raise BrokenPack(f"{path}: wants name, summary and perhaps extends, each a text")
    return values


def _chain(key: str, told: dict[str, dict[str, str]]) -> tuple[str, ...]:
    chain = [key]
    while parent := told[chain[-1]].get("extends"):
        if parent not in told or parent in chain:
            raise BrokenPack(f"{key}: extends {parent}, which isn't there or extends it back")
        chain.append(parent)
    return tuple(chain)
