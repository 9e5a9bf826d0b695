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

Step = tuple[str, Sequence[str]]
STEPS: Sequence[Step] = (("Bringing the tables up to date", ("db", "migrate")),)
LOCAL_STEPS: Sequence[Step] = (
    ("Founding the demo's tenants, with deals and investments on the local chain", ("seed", "demo")),
)
_NO_DEMO = "This is no local chain, so there is no demo. scripts/portico --help lists what to begin with."


def prepare(settings: Settings) -> str:
    """Run every step, on a local chain the demo's too; returns the greeting. Raises whatever a step raises."""
    with step("Building pages' styles, scripts and texts"):
        assets.build(settings.static)
        catalogues.compile_stale()
    portico = create_cli()
    said = io.StringIO()
    for what, command in (*STEPS, *(LOCAL_STEPS if settings.is_local_chain else ())):
        said = io.StringIO()
        with step(what), contextlib.redirect_stdout(said):
            portico.main(list(command), prog_name="portico", standalone_mode=False)
    with step("Checking that the database keeps tenants apart"):
        catalogue.assert_protected()
    return said.getvalue() if settings.is_local_chain else _NO_DEMO


if __name__ == "__main__":
    current = Settings.from_env()
    try:
        Home(current.home).greeting.write_text(prepare(current))
    except click.ClickException as failure:
        sys.exit(failure.format_message())
    except Unprotected as failure:
        sys.exit(f"The database does not keep tenants apart: {failure}")
