"""The operator's commands for tokens: `portico tokens …`."""

import click

from app.config import Settings
from app.core import clock
from app.modules.tokens import service


@click.group()
def tokens() -> None:
    """Look after the keys that sign access tokens."""


@tokens.command(name="rotate-key")
@click.pass_obj
def rotate_key(settings: Settings) -> None:
    """Sign with a fresh key from now on; nobody is signed out."""
    click.echo(f"Access tokens are signed with the key {service.rotate(settings.home, clock.now())} from now on.")
