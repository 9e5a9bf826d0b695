"""Bring a prepared database to the newest schema."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def config(migrator_url: str) -> Config:
    """Return Alembic's configuration for the database behind `migrator_url`."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "os")
    settings.attributes["url"] = migrator_url
    return settings


def upgrade(migrator_url: str, revision: str = "head") -> None:
    """Apply every migration up to `revision`; nothing happens where none is missing."""
    command.upgrade(config(migrator_url), revision)


@cache
def head() -> str:
    """Return the version that this program expects a database to have."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head() or ""
