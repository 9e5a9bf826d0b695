"""`portico audit …`: take a site's sealed record away, and check such a file anywhere."""

import sys
from collections.abc import Callable
from typing import TextIO

import click

from app.config import Settings
from app.core import clock
from app.modules.audit import rules_sealed, service
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.session import tenant_session


@click.group()
def audit() -> None:
    """The record of what was done: take it away, check it."""


@audit.command()
@click.option("--tenant", "slug", required=True, help="Whose record.")
@click.option("--from", "first", default=1, type=click.IntRange(min=1), help="The number of the first seal.")
@click.option("--to", "target", type=click.File("w", lazy=True), default="-", help="A file; without it, the output.")
@click.pass_obj
def export(connect: Callable[[], Settings], slug: str, first: int, target: TextIO) -> None:
    """Write a site's sealed record, one JSON object a line."""
    connect()
    try:
        site = tenancy.site_by_slug(slug)
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant {slug}.") from None
    with tenant_session(site.id) as session:
        for line in service.sealed_file(session, site=site.slug, first=first, now=clock.now()):
            target.write(line)


@audit.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--anchor", "anchors", multiple=True, metavar="NUMBER:HASH", help="A seal that was kept elsewhere.")
def verify(file: TextIO, anchors: tuple[str, ...]) -> None:
    """Check a sealed record without any database: whether anything in it was changed, removed, inserted or moved."""
    verdict = rules_sealed.verify(file, dict(_anchor(each) for each in anchors))
    if not verdict.holds:
        click.echo(f"line {verdict.line}: {verdict.problem}", err=True)
        sys.exit(1)
    click.echo(f"{verdict.site}: entries {verdict.first} to {verdict.last} hold." if verdict.entries else "No entries.")
    click.echo(f"newest seal: {verdict.last}:{verdict.head}")
    if not anchors:
        click.echo("Compare it with a seal kept elsewhere (--anchor): a chain can't show that all of it was rewritten.")


def _anchor(text: str) -> tuple[int, str]:
    number, _, hash_ = text.partition(":")
    if not number.isdigit() or len(hash_) != 64:
        raise click.BadParameter("Write NUMBER:HASH, as the page of the seals shows it.")
    return int(number), hash_
