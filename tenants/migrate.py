"""Bring a prepared database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config

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
