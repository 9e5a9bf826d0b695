"""`portico ledger check` also asks the chain, so it stands with the module that knows both; `portico jobs …`."""

import sys

import click

from app.config import Settings
from app.core import clock
from app.integrations.chain import wire
from app.integrations.chain.port import ChainUnavailable
from app.modules.escrow import tasks, tasks_reconciling
from tenants import service as tenancy
from tenants.errors import UnknownTenant
from tenants.service import Site


@click.group()
def ledger() -> None:
    """Look after the books."""


@ledger.command()
@click.option("--tenant", "slug", help="Only this tenant's books.")
@click.option("--without-chain", is_flag=True, help="Don't compare what is held with the chain.")
@click.pass_obj
def check(settings: Settings, slug: str | None, without_chain: bool) -> None:
    """Derive every balance again, check the seals, and compare what is held with the chain's final block."""
    port = None if without_chain else wire.ports(settings).chain
    wrong = 0
    for site in _sites(slug):
        try:
            found = tasks_reconciling.check(site, port, settings)
        except ChainUnavailable as unavailable:
            raise click.ClickException(f"{unavailable} Use --without-chain to check the books alone.") from None
        wrong += len(found.differences)
        click.echo(f"{site.slug}: {found.journals} journals, {found.escrows} escrows, {_verdict(found)}")
        for difference in found.differences:
            click.echo(f"  {difference.what}: booked {difference.booked}, counted {difference.counted}")
    sys.exit(1 if wrong else 0)


@click.command()
@click.option("--tenant", "slug", help="Only this tenant's contracts.")
@click.pass_obj
def reconcile(settings: Settings, slug: str | None) -> None:
    """Compare contracts with books now and keep the result: new differences stop payouts until two people agree."""
    wrong, ports = 0, wire.ports(settings)
    for site in _sites(slug):
        try:
            found = tasks.compare(site, settings, ports, now=clock.now())
        except ChainUnavailable as unavailable:
            raise click.ClickException(str(unavailable)) from None
        wrong += len(found.differences)
        click.echo(f"{site.slug}: {found.escrows} escrows at block {found.block}, {_verdict(found)}")
        for difference in found.differences:
            click.echo(f"  {difference.what}: booked {difference.booked}, counted {difference.counted}")
    sys.exit(1 if wrong else 0)


def _verdict(found: tasks_reconciling.Checked) -> str:
    return "everything agrees" if not found.differences else f"{len(found.differences)} differences"


def _sites(slug: str | None) -> list[Site]:
    if slug is None:
        return [site for site in tenancy.sites() if not site.is_installation]
    try:
        return [tenancy.site_by_slug(slug)]
    except UnknownTenant:
        raise click.ClickException(f"There is no tenant {slug}.") from None
