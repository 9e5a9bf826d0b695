"""Brings an installation to where it can serve: run as a process of its own before web and worker start.

Each step may run again at every start and then finds nothing to do. What the last one prints (addresses and demo
log-ins) is kept for the greeting.
"""

import contextlib
import io
import sys
from collections.abc import Sequence

import click

from app.config import Settings
from app.embedded.home import Home
from app.embedded.progress import step
from app.factory import create_cli
from app.web import assets, catalogues
from tenants import catalogue
from tenants.errors import Unprotected

STEPS: Sequence[tuple[str, Sequence[str]]] = (("Bringing the tables up to date", ("db", "migrate")),)


def prepare(settings: Settings) -> str:
    """Run every step; returns what the last one said. Raises whatever a step raises."""
    with step("Building pages' styles, scripts and texts"):
        assets.build(settings.static)
        catalogues.compile_stale()
    portico, said = create_cli(), io.StringIO()
    for what, command in STEPS:
        said = io.StringIO()
        with step(what), contextlib.redirect_stdout(said):
            portico.main(list(command), prog_name="portico", standalone_mode=False)
    with step("Checking that the database keeps tenants apart"):
        catalogue.assert_protected()
    return said.getvalue()


if __name__ == "__main__":
    current = Settings.from_env()
    try:
        Home(current.home).greeting.write_text(prepare(current))
    except click.ClickException as failure:
        sys.exit(failure.format_message())
    except Unprotected as failure:
        sys.exit(f"The database does not keep tenants apart: {failure}")
